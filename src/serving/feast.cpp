#include "serving/feast.h"

#include <boost/json.hpp>
#include <map>

#include "base/json.h"
#include "serving/feature_json.h"

namespace quoin {

namespace json = boost::json;

namespace feast {
namespace {

constexpr std::size_t entities_max = 10'000, features_max = 4'096;
constexpr const char* never = "1970-01-01T00:00:00Z";

Result<std::string> id_text(const json::value& value, std::string_view key) {
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_int64()) return std::to_string(value.get_int64());
    if (value.is_uint64()) return std::to_string(value.get_uint64());
    return fail_field(ErrorKind::invalid, fmt::format("/entities/{}", key), "an id of '{}' must be text or a whole number", key);
}

/// A join key is the name of an entity type, or of the field by which events name it.
Result<std::string> entity_of(std::string_view key, const FeatureCatalog& catalog) {
    for (const auto& view : catalog.views())
        if (view->entity() == key || view->entity() + "_id" == key) return view->entity();
    for (const auto& type : catalog.types().all())
        for (const auto& [entity, field] : type->entities)
            if (field == key) return entity;
    return fail_field(ErrorKind::invalid, fmt::format("/entities/{}", key), "no entity type has the join key '{}'", key);
}

struct Entities {
    std::vector<std::string> keys;                                     ///< as asked, in order
    std::map<std::string, std::vector<std::string>, std::less<>> ids;  ///< by entity type
    std::size_t rows = 0;
};

Result<Entities> read_entities(const json::value& body, const FeatureCatalog& catalog) {
    const json::value* given = body.is_object() ? body.get_object().if_contains("entities") : nullptr;
    if (!given || !given->is_object() || given->get_object().empty())
        return fail_field(ErrorKind::invalid, "/entities", "'entities' must be an object of join keys with lists of ids");
    Entities entities;
    for (const auto& [key, list] : given->get_object()) {
        // A list, or the {"val": [...]} of older clients.
        const json::value* values = &list;
        if (list.is_object() && list.get_object().contains("val")) values = &list.get_object().at("val");
        if (!values->is_array())
            return fail_field(ErrorKind::invalid, fmt::format("/entities/{}", std::string_view(key)), "the ids must be a list");
        TRY(entity, entity_of(key, catalog));
        auto& ids = entities.ids[entity];
        for (const json::value& value : values->get_array()) {
            TRY(id, id_text(value, key));
            ids.push_back(std::move(id));
        }
        if (!entities.keys.empty() && ids.size() != entities.rows)
            return fail_field(ErrorKind::invalid, "/entities", "the lists of ids have different lengths");
        entities.rows = ids.size();
        entities.keys.emplace_back(key);
    }
    if (entities.rows > entities_max)
        return fail_field(ErrorKind::too_large, "/entities", "{} entities are asked for; {} is the limit", entities.rows, entities_max);
    return entities;
}

/// The features of a service: a view, a category, or an entity type by its name.
Result<std::vector<FeaturePlace>> service_features(std::string_view name, const FeatureCatalog& catalog) {
    std::vector<FeaturePlace> places;
    for (const auto& view : catalog.views())
        if (view->name() == name || view->declaration().category == name || view->entity() == name)
            for (std::uint16_t slot = 0; slot < view->features().size(); ++slot) places.push_back({view.get(), slot});
    if (places.empty()) return fail_field(ErrorKind::not_found, "/feature_service", "Feature service {} does not exist", name);
    return places;
}

Result<std::vector<FeaturePlace>> read_features(const json::object& body, const FeatureCatalog& catalog) {
    if (const json::value* service = body.if_contains("feature_service"); service && service->is_string())
        return service_features(service->get_string(), catalog);
    const json::value* list = body.if_contains("features");
    if (!list || !list->is_array())
        return fail_field(ErrorKind::invalid, "/features", "give 'features', a list such as [\"view:feature\"], or 'feature_service'");
    std::vector<FeaturePlace> places;
    for (const json::value& item : list->get_array()) {
        if (!item.is_string()) return fail_field(ErrorKind::invalid, "/features", "a feature must be text such as \"view:feature\"");
        std::string name(item.get_string());
        if (auto at = name.find('@'), colon = name.find(':'); at != std::string::npos && at < colon && colon != std::string::npos)
            name.erase(at, colon - at);  // view@version:feature
        TRY(place, catalog.place(name));
        places.push_back(place);
    }
    if (places.size() > features_max)
        return fail_field(ErrorKind::too_large, "/features", "{} features are asked for; {} is the limit", places.size(), features_max);
    return places;
}

/// One column of the answer on its way to text: a grid of 50 features and 100 entities has 15,000 values, which as a tree would cost more
/// than everything else together.
struct ColumnText {
    std::string values, statuses, times;

    void add(std::string_view value, std::string_view status, std::string_view time) {
        if (!values.empty()) values += ',', statuses += ',', times += ',';
        values += value;
        fmt::format_to(std::back_inserter(statuses), "\"{}\"", status);
        fmt::format_to(std::back_inserter(times), "\"{}\"", time);
    }
    void write(std::string& out) const {
        out += "{\"values\":[";
        out += values;
        out += "],\"statuses\":[";
        out += statuses;
        out += "],\"event_timestamps\":[";
        out += times;
        out += "]}";
    }
};

/// Reads every view once per entity, all together, and spreads the values over the columns that ask for them.
class Columns {
public:
    explicit Columns(std::vector<FeaturePlace> places) : places_(std::move(places)), texts_(places_.size()) {}
    Status read(const Entities& entities, FeatureReader& reader) {
        std::map<const FeatureView*, Group> by_view;
        for (std::size_t i = 0; i < places_.size(); ++i) by_view[places_[i].view].columns.push_back(i);
        std::vector<FeatureReader::Question> questions;
        std::vector<Group*> groups;
        for (auto& [view, group] : by_view) {
            auto ids = entities.ids.find(view->entity());
            if (ids == entities.ids.end() && !view->bindings().empty())
                return fail_field(ErrorKind::invalid, "/entities", "view '{}' is about {}, and no id of one is given", view->name(),
                                  view->entity());
            bool wants_lists = std::ranges::any_of(group.columns, [&](std::size_t column) { return is_list(type_of(column)); });
            for (std::size_t row = 0; row < entities.rows; ++row) {
                std::string_view id = ids == entities.ids.end() ? std::string_view() : std::string_view(ids->second[row]);
                questions.push_back({view->name(), "default", id, wants_lists});
                groups.push_back(&group);
                if (questions.size() == FeatureReader::questions_max) TRY_VOID(read(questions, groups, reader));
            }
        }
        return read(questions, groups, reader);
    }
    const std::vector<FeaturePlace>& places() const { return places_; }
    const std::vector<ColumnText>& texts() const { return texts_; }

private:
    /// The columns of one view.
    struct Group {
        std::vector<std::size_t> columns;
        std::shared_ptr<const FeatureView> answered;  ///< by the view as it was read last
    };

    Status read(std::vector<FeatureReader::Question>& questions, std::vector<Group*>& groups, FeatureReader& reader) {
        auto spread = [&](std::size_t question, const FeatureAnswer& answer, const AnswerOrigin& origin) -> Status {
            Group& group = *groups[question];
            if (group.answered != answer.view) {
                TRY_VOID(check_same_features(*places_[group.columns.front()].view, *answer.view));
                group.answered = answer.view;
            }
            std::string time = answer.row.event_time.is_missing() ? never : to_text(answer.row.event_time);
            for (std::size_t column : group.columns) add(column, {answer, origin.texts, time});
            return {};
        };
        TRY_VOID(reader.read(questions, spread));
        questions.clear();
        groups.clear();
        return {};
    }
    /// The catalog may change between the look at it and the read.
    static Status check_same_features(const FeatureView& asked, const FeatureView& answered) {
        auto name = [](const CompiledFeature& feature) -> const std::string& { return feature.declaration->name; };
        auto type = [](const CompiledFeature& feature) { return feature.declaration->type; };
        if (std::ranges::equal(asked.features(), answered.features(), {}, name, name) &&
            std::ranges::equal(asked.features(), answered.features(), {}, type, type))
            return {};
        return fail(ErrorKind::unavailable, "view '{}' has just changed; ask again", asked.name());
    }

    struct Row {
        const FeatureAnswer& answer;
        const TextTable& texts;
        const std::string& time;
    };
    FeatureType type_of(std::size_t column) const { return places_[column].view->features()[places_[column].slot].declaration->type; }
    void add(std::size_t column, const Row& row) {
        const FeatureAnswer& answer = row.answer;
        auto slot = places_[column].slot;
        FeatureStatus status = answer.status(slot);
        const char* word = name_of(status);
        if (status != FeatureStatus::present) return texts_[column].add("null", word, row.time);
        if (type_of(column) != FeatureType::number) return texts_[column].add(json_text(to_json(answer, slot, row.texts)), word, row.time);
        char digits[40];
        double number = answer.row.values[slot].number();
        bool is_whole = number == std::floor(number) && std::abs(number) < 1e15;
        auto end = is_whole ? fmt::format_to(digits, "{:.1f}", number) : fmt::format_to(digits, "{}", number);
        texts_[column].add({digits, static_cast<std::size_t>(end - digits)}, word, row.time);
    }
    std::vector<FeaturePlace> places_;
    std::vector<ColumnText> texts_;
};

Result<const json::object*> object_of(const json::value& body) {
    if (!body.is_object()) return fail_field(ErrorKind::invalid, whole_body, "the request must be a JSON object");
    return &body.get_object();
}

}  // namespace

Result<std::string> online_features(const json::value& body, FeatureReader& reader) {
    auto catalog = reader.catalog();
    TRY(object, object_of(body));
    TRY(entities, read_entities(body, *catalog));
    TRY(places, read_features(*object, *catalog));
    const json::value* full = object->if_contains("full_feature_names");
    bool full_names = full && full->is_bool() && full->get_bool();
    Columns columns(std::move(places));
    TRY_VOID(columns.read(entities, reader));
    json::array names(entities.keys.begin(), entities.keys.end());
    for (const FeaturePlace& place : columns.places()) {
        const std::string& feature = place.view->features()[place.slot].declaration->name;
        names.emplace_back(full_names ? place.view->name() + "__" + feature : feature);
    }
    std::string text = R"({"metadata":{"feature_names":)" + json_text(names) + R"(},"results":[)";
    for (const std::string& key : entities.keys) {
        ColumnText column;
        for (const std::string& id : entities.ids.at(*entity_of(key, *catalog))) column.add(json_text(json::value(id)), "PRESENT", never);
        column.write(text);
        text += ',';
    }
    for (const ColumnText& column : columns.texts()) {
        column.write(text);
        text += ',';
    }
    text.back() = ']';
    return text + '}';
}

Response error_response(const Error& error) {
    bool missing = error.kind == ErrorKind::not_found, wrong = error.kind == ErrorKind::invalid || error.kind == ErrorKind::too_large;
    const char* word = missing ? "FeastObjectNotFoundException" : wrong ? "RequestValidationError" : "FeastError";
    std::string inner = json_text(json::object{{"module", "feast.errors"}, {"class", word}, {"message", error.message}});
    Response response;
    response.status = missing ? 404 : wrong ? 422 : error.kind == ErrorKind::unavailable ? 503 : 500;
    response.body = json_text(json::value(inner));
    return response;
}

}  // namespace feast
}  // namespace quoin
