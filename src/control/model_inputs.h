#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/entity_id.h"
#include "features/feature_reader.h"
#include "models/trained_model.h"
#include "prediction/query.h"

namespace quoin {

/// How the inputs of a model stand in the feature catalog: an event type <model>.entity that tells them, and a view <model>_inputs with the
/// last value of each. The same model gives the same names and declarations in every process. `model` outlives it.
class ModelInputs {
public:
    explicit ModelInputs(const TrainedModel& model);

    std::string event_type() const { return model_.name + ".entity"; }
    std::string view() const { return model_.name + "_inputs"; }
    /// The inputs but the time of valuation, in the order of the encoder, and what each is called as a field and a feature.
    const std::vector<const InputColumn*>& columns() const { return columns_; }
    const std::vector<std::string>& names() const { return names_; }

    enum class Present { replace, keep };  ///< what becomes of a declaration that differs
    /// Writes both declarations below the catalog folder. Error: unavailable.
    Status declare(const std::filesystem::path& catalog_folder, Present present) const;

    /// A feature as a prediction takes it.
    static FeatureValue value(const FieldValue& value, ColumnKind kind);
    /// The inputs of entities of the tenant "default" as of now, in one read. Nothing: the entity is not known, or the catalog lacks
    /// view(). Error: as FeatureReader::read.
    Result<std::vector<std::optional<NamedFeatures>>> read(FeatureReader& reader, std::span<const EntityId> entities) const;

private:
    std::string type_yaml() const;
    std::string view_yaml() const;

    const TrainedModel& model_;
    std::vector<const InputColumn*> columns_;
    std::vector<std::string> names_;
};

}  // namespace quoin
