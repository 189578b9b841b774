#include "control/project.h"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>

#include "table/read.h"

namespace quoin {
namespace {

constexpr const char* marker = "quoin.db";
constexpr std::string_view sql_prefix = "sql:";

Result<std::string> read_text(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return fail(ErrorKind::unavailable, "'{}' cannot be read", file.string());
    std::stringstream text;
    text << stream.rdbuf();
    return text.str();
}

}  // namespace

ReadOptions declared_columns(const Declaration& declaration) {
    ReadOptions options;
    auto declare = [&](const std::string& name, ColumnKind kind, bool required) {
        if (!name.empty()) options.columns.push_back({name, kind, required});
    };
    declare(declaration.id, ColumnKind::category, false);
    declare(declaration.time, ColumnKind::time, false);
    bool text_label = declaration.task == Task::multiclass || (declaration.task == Task::binary && !declaration.positive_level.empty());
    declare(declaration.label, text_label ? ColumnKind::category : ColumnKind::number, false);
    if (declaration.event.column != declaration.label) declare(declaration.event.column, ColumnKind::category, false);
    for (const auto& attribute : declaration.protected_attributes) declare(attribute.column, ColumnKind::category, false);
    for (const auto& feature : declaration.features)
        if (feature.column != declaration.time && feature.column != declaration.id) declare(feature.column, feature.kind, false);
    return options;
}

Result<Table> read_declared(const std::filesystem::path& file, const Declaration& declaration) {
    return read_table(file, declared_columns(declaration));
}

Result<Project> Project::create(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder / "catalog" / "models", error);
    if (error) return fail(ErrorKind::unavailable, "the project folder '{}' cannot be made: {}", folder.string(), error.message());
    Project project;
    project.folder_ = folder;
    TRY(database, Database::open(folder / marker));
    TRY(blobs, BlobStore::open(folder / "blobs"));
    project.blobs_ = std::make_shared<BlobStore>(std::move(blobs));
    project.prepared_ = std::make_shared<const PreparedModels>(folder / "prepared", *project.blobs_);
    TRY(registry, Registry::open(std::make_shared<Database>(std::move(database)), project.blobs_));
    project.registry_ = std::make_shared<Registry>(std::move(registry));
    return project;
}

Result<Project> Project::open(const std::filesystem::path& folder) {
    if (!std::filesystem::exists(folder / marker) && !std::filesystem::exists(folder / "catalog"))
        return fail(ErrorKind::not_found, "'{0}' is no Quoin project; make one with: quoin init FILE --dir {0}", folder.string());
    return create(folder);
}

std::vector<std::string> Project::declared_models() const {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "catalog" / "models", error))
        if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
    std::ranges::sort(names);
    return names;
}

std::filesystem::path Project::declaration_file(const std::string& model) const {
    return folder_ / "catalog" / "models" / (model + ".yaml");
}

Result<Declaration> Project::declaration(const std::string& model) const {
    auto declared = declared_models();
    if (declared.empty())
        return fail(ErrorKind::not_found, "'{}' declares no model; write one with: quoin init FILE --dir {}", folder_.string(),
                    folder_.string());
    if (model.empty() && declared.size() > 1)
        return fail(ErrorKind::invalid, "'{}' declares {} models; say which with --model: {}", folder_.string(), declared.size(),
                    fmt::join(declared, ", "));
    auto name = model.empty() ? declared.front() : model;
    if (std::ranges::find(declared, name) == declared.end())
        return fail(ErrorKind::not_found, "no model '{}' is declared; there are: {}", name, fmt::join(declared, ", "));
    TRY(text, read_text(declaration_file(name)));
    auto parsed = parse_declaration(text);
    if (!parsed) {
        auto error = parsed.error();
        error.message = fmt::format("{}: {}", declaration_file(name).string(), error.message);
        return tl::unexpected(std::move(error));
    }
    if (parsed->model != name)
        return fail(ErrorKind::invalid, "{}: the file declares the model '{}'; name file and model alike", declaration_file(name).string(),
                    parsed->model);
    return parsed;
}

std::filesystem::path Project::source_file(const Declaration& declaration) const {
    std::filesystem::path file = declaration.source;
    return file.is_relative() ? folder_ / file : file;
}

Result<Table> Project::source_rows(const Declaration& declaration) const {
    if (declaration.source.starts_with(sql_prefix))
        return read_sql(declaration.source.substr(sql_prefix.size()), declared_columns(declaration));
    return read_declared(source_file(declaration), declaration);
}

Result<EventTime> Project::source_changed_at(const std::string& model) const {
    TRY(declaration, this->declaration(model));
    if (declaration.source.starts_with(sql_prefix)) return fail(ErrorKind::unsupported, "the rows of '{}' come from a query", model);
    std::error_code error;
    auto written = std::filesystem::last_write_time(source_file(declaration), error);
    if (error) return fail(ErrorKind::not_found, "the rows of '{}' cannot be found: {}", model, error.message());
    auto since = std::chrono::file_clock::to_sys(written).time_since_epoch();
    return EventTime{std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

Result<std::shared_ptr<const LiveModel>> Project::load_artifact(const std::string& model, const std::string& artifact) {
    TRY(versions, registry_->versions(model));
    for (const auto& version : versions)
        if (version.artifact == artifact) return prepared_->load(version);
    return fail(ErrorKind::not_found, "artifact {} of {} is not in this registry", artifact, model);
}

Result<std::shared_ptr<const LiveModel>> Project::load(const std::string& model, std::string_view which) {
    TRY(version, registry_->find(model, which));
    return prepared_->load(version);
}

}  // namespace quoin
