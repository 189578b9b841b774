#pragma once

#include <algorithm>
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

/// How the inputs of a model stand in the feature catalog. A column called "view:feature" is that feature. The others are told: by an event
/// type <model>.entity, kept in a view <model>_inputs with the last value of each. The same model gives the same names and declarations in
/// every process. `model` and `beside` outlive it.
class ModelInputs {
public:
    /// With those of another version of the model `beside` it that are not its own: for a declaration that both can read.
    explicit ModelInputs(const TrainedModel& model, const TrainedModel* beside = nullptr);

    std::string event_type() const { return model_.name + ".entity"; }
    std::string view() const { return model_.name + "_inputs"; }

    struct Input {
        const InputColumn* column;
        std::string view, feature;  ///< where it is read; of a told one, view() and what it is called as a field and a feature
        bool is_told;
    };
    /// All but the time of valuation, in the order of the encoder.
    const std::vector<Input>& all() const { return inputs_; }
    bool are_told() const { return std::ranges::any_of(inputs_, &Input::is_told); }  ///< some of them

    enum class Present { replace, keep };  ///< what becomes of a declaration that differs
    /// Writes both declarations below the catalog folder, if inputs are told. Error: unavailable.
    Status declare(const std::filesystem::path& catalog_folder, Present present) const;

    /// A feature as a prediction takes it.
    static FeatureValue value(const FieldValue& value, ColumnKind kind);
    /// The inputs of entities of the tenant "default" as of now, in one read. Nothing: the entity is not known, or the catalog lacks
    /// one of the views. Error: as FeatureReader::read.
    Result<std::vector<std::optional<NamedFeatures>>> read(FeatureReader& reader, std::span<const EntityId> entities) const;

private:
    std::string type_yaml() const;
    std::string view_yaml() const;

    std::vector<std::string> views() const;  ///< each once, in the order of their first input

    const TrainedModel& model_;
    std::vector<Input> inputs_;
};

}  // namespace quoin
