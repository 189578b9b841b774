#include <boost/json.hpp>
#include <map>

#include "base/digest.h"
#include "base/json.h"
#include "serving/feast.h"

namespace quoin::feast {

namespace json = boost::json;

namespace {

constexpr std::size_t rows_max = 100'000;

Result<std::string> id_text(const json::value& value, std::string_view key) {
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_int64()) return std::to_string(value.get_int64());
    if (value.is_uint64()) return std::to_string(value.get_uint64());
    return fail_field(ErrorKind::invalid, fmt::format("/df/{}", key), "an id of '{}' must be text or a whole number", key);
}

struct Frame {
    const json::object* columns = nullptr;
    std::size_t rows = 0;
    const json::value& at(std::string_view column, std::size_t row) const { return columns->at(column).get_array()[row]; }
};

Result<Frame> read_frame(const json::object& body) {
    const json::value* df = body.if_contains("df");
    if (!df || !df->is_object()) return fail_field(ErrorKind::invalid, "/df", "'df' must be an object of columns, each a list of values");
    Frame frame{&df->get_object(), 0};
    for (const auto& [name, column] : *frame.columns) {
        if (!column.is_array())
            return fail_field(ErrorKind::invalid, fmt::format("/df/{}", std::string_view(name)), "a column must be a list");
        if (frame.rows != 0 && column.get_array().size() != frame.rows)
            return fail_field(ErrorKind::invalid, "/df", "the columns have different lengths");
        frame.rows = column.get_array().size();
    }
    if (frame.rows > rows_max) return fail_field(ErrorKind::too_large, "/df", "{} rows are pushed; {} is the limit", frame.rows, rows_max);
    return frame;
}

/// Where a column's values go in the payload.
using ColumnFields = std::map<std::string, std::string, std::less<>>;

Result<EventTime> row_time(const Frame& frame, std::size_t row, EventTime otherwise) {
    for (const char* column : {"event_timestamp", "event_time", "timestamp"}) {
        if (!frame.columns->contains(column)) continue;
        const json::value& value = frame.at(column, row);
        if (value.is_int64()) return EventTime{value.get_int64() * (std::abs(value.get_int64()) < 100'000'000'000 ? 1'000'000 : 1'000)};
        if (!value.is_string()) return fail_field(ErrorKind::invalid, fmt::format("/df/{}/{}", column, row), "the time must be text");
        return parse_time(std::string_view(value.get_string()));
    }
    return otherwise;
}

Result<std::vector<Event>> rows_as_events(const Frame& frame, const EventType& type, const ColumnFields& fields, FeatureStore& store) {
    std::vector<Event> events;
    EventTime now = store.log().now();
    for (std::size_t row = 0; row < frame.rows; ++row) {
        json::object data;
        for (const auto& [column, field] : fields)
            if (!frame.at(column, row).is_null()) data[field] = frame.at(column, row);
        for (const auto& [entity, field] : type.entities)  // ids may come as numbers
            if (auto* id = data.if_contains(field); id && !id->is_string()) {
                TRY(text, id_text(*id, field));
                *id = text;
            }
        Event event;
        event.source = "/feast/" + type.name;
        event.type = type.name;
        event.data = json_text(data);
        TRY(time, row_time(frame, row, now));
        event.time = time;
        event.id = sha256_hex(fmt::format("{}|{}|{}", type.name, event.time.value(), event.data)).substr(0, 32);
        events.push_back(std::move(event));
    }
    return events;
}

Result<std::string> name_in(const json::object& body, const char* key) {
    const json::value* name = body.if_contains(key);
    if (!name || !name->is_string()) return fail_field(ErrorKind::invalid, fmt::format("/{}", key), "'{}' is missing", key);
    return std::string(name->get_string());
}

Result<const json::object*> object_of(const json::value& body) {
    if (!body.is_object()) return fail_field(ErrorKind::invalid, whole_body, "the request must be a JSON object");
    return &body.get_object();
}

/// By which field of which event type each column of a view can be written: its `last` features whose value is a field as it is.
Result<const EventType*> fields_of_view(const FeatureView& view, const Frame& frame, const FeatureCatalog& catalog, ColumnFields& fields) {
    for (const auto& [type_name, binding] : view.bindings()) {
        const EventType* type = catalog.types().find(type_name);
        fields.clear();
        bool fits = true;
        for (const auto& [column_name, values] : *frame.columns) {
            std::string column(column_name);
            if (column == "event_timestamp" || column == "created" || column == "event_time" || column == "timestamp") continue;
            auto slot = view.slot(column);
            const FeatureDeclaration* feature = slot ? view.features()[*slot].declaration : nullptr;
            bool is_last = feature && feature->transform == "last" && feature->where.empty() && type->slot(feature->value) &&
                           std::ranges::find(feature->from, type_name) != feature->from.end();
            if (is_last) fields[column] = feature->value;
            else if (type->slot(column)) fields[column] = column;  // a join key
            else fits = false;
        }
        if (fits) return type;
    }
    return fail(
        ErrorKind::invalid,
        "the columns given cannot be written to view '{}': its features are computed from events; send those to /v1/events or /push",
        view.name());
}

}  // namespace

Result<std::vector<Event>> pushed_rows(const json::value& body, FeatureStore& store) {
    TRY(object, object_of(body));
    TRY(name, name_in(*object, "push_source_name"));
    if (const json::value* to = object->if_contains("to")) {
        bool is_known = to->is_string() &&
                        (to->get_string() == "online" || to->get_string() == "offline" || to->get_string() == "online_and_offline");
        if (!is_known) return fail_field(ErrorKind::invalid, "/to", "'to' must be online, offline or online_and_offline");
    }
    auto catalog = store.online().catalog();
    const EventType* type = catalog->types().find(name);
    if (!type) return fail_field(ErrorKind::not_found, "/push_source_name", "Unable to find push source '{}'", name);
    TRY(frame, read_frame(*object));
    ColumnFields fields;
    for (const auto& [column, values] : *frame.columns) {
        std::string field(column);
        if (type->slot(field)) fields[field] = field;
        else if (field != "event_timestamp" && field != "created" && field != "event_time" && field != "timestamp")
            return fail_field(ErrorKind::invalid, "/df/" + field, "event type '{}' has no field '{}'", name, field);
    }
    return rows_as_events(frame, *type, fields, store);
}

Result<std::vector<Event>> written_rows(const json::value& body, FeatureStore& store) {
    TRY(object, object_of(body));
    TRY(name, name_in(*object, "feature_view_name"));
    auto catalog = store.online().catalog();
    const FeatureView* view = catalog->find(name);
    if (!view) return fail_field(ErrorKind::not_found, "/feature_view_name", "Feature view {} does not exist", name);
    TRY(frame, read_frame(*object));
    ColumnFields fields;
    TRY(type, fields_of_view(*view, frame, *catalog, fields));
    return rows_as_events(frame, *type, fields, store);
}

}  // namespace quoin::feast
