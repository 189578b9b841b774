#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "control/prepared_models.h"
#include "learning/declaration.h"
#include "prediction/live_model.h"
#include "prediction/record_log.h"
#include "registry/registry.h"
#include "store/blobs.h"
#include "store/database.h"
#include "table/read.h"
#include "table/table.h"

namespace quoin {

/// One folder with everything Quoin keeps for its models:
///   catalog/models/<name>.yaml   declarations         quoin.db         runs, versions, aliases, ledger
///   predictions/                 prediction records   blobs/           artifacts by content
///   experiments.db               champions and challengers, outcomes
///   prepared/                    models as they are mapped at start; may be removed
/// Thread-safe; several processes may open one project.
class Project {
public:
    /// Makes the folder and what is missing in it.
    static Result<Project> create(const std::filesystem::path& folder);
    /// Error: not_found, if the folder is no project, with the command that makes one.
    static Result<Project> open(const std::filesystem::path& folder);

    const std::filesystem::path& folder() const { return folder_; }
    Registry& registry() { return *registry_; }
    BlobStore& blobs() { return *blobs_; }
    RecordLogOptions records() const { return {.folder = folder_ / "predictions", .former = folder_ / "predictions.db"}; }
    std::filesystem::path experiments_file() const { return folder_ / "experiments.db"; }

    /// Names of the declared models, sorted.
    std::vector<std::string> declared_models() const;
    std::filesystem::path declaration_file(const std::string& model) const;
    /// Empty `model`: the only one declared. Error: not_found, invalid (with the file's name).
    Result<Declaration> declaration(const std::string& model) const;
    /// The rows a declaration is about, read with the declared kinds; relative sources are relative to the project folder.
    Result<Table> source_rows(const Declaration& declaration) const;

    /// When the file of a model's rows was last written. Error: not_found (no declaration, no file), unsupported (rows of a query).
    Result<EventTime> source_changed_at(const std::string& model) const;

    /// The version of `model` that has this artifact: numbers may be reused nowhere, artifacts are content. Error: not_found.
    Result<std::shared_ptr<const LiveModel>> load_artifact(const std::string& model, const std::string& artifact);
    /// A registered version ready to answer. `which`: as Registry::find.
    Result<std::shared_ptr<const LiveModel>> load(const std::string& model, std::string_view which);

private:
    std::filesystem::path source_file(const Declaration& declaration) const;

    std::filesystem::path folder_;
    std::shared_ptr<BlobStore> blobs_;
    std::shared_ptr<Registry> registry_;
    std::shared_ptr<const PreparedModels> prepared_;
};

/// The columns that a declaration is about, none of them required, for reading files with it.
ReadOptions declared_columns(const Declaration& declaration);

/// Reads any file with the kinds a declaration says; the label and time may be absent (rows to predict).
Result<Table> read_declared(const std::filesystem::path& file, const Declaration& declaration);

}  // namespace quoin
