#include "events/lake_manifest.h"

#include <boost/json.hpp>

#include "base/json.h"

namespace quoin {
namespace {

constexpr std::size_t manifest_bytes_max = 64u << 20;

/// Reads the fields of one object; the first that is missing or wrong is remembered.
class Fields {
public:
    /// `value` outlives it; nullptr: nothing is there.
    explicit Fields(const boost::json::value* value) : object_(value == nullptr ? nullptr : value->if_object()) {}

    std::string text(std::string_view name) {
        const auto* value = find(name);
        if (value != nullptr && value->is_string()) return std::string(value->get_string());
        note(name);
        return {};
    }
    std::uint64_t whole(std::string_view name) {
        const auto* value = find(name);
        if (value != nullptr && value->is_int64() && value->get_int64() >= 0) return static_cast<std::uint64_t>(value->get_int64());
        note(name);
        return 0;
    }
    const boost::json::array* list(std::string_view name) {
        const auto* value = find(name);
        if (value != nullptr && value->is_array()) return &value->get_array();
        note(name);
        return nullptr;
    }
    Status outcome() const {
        if (wrong_.empty()) return {};
        return fail(ErrorKind::corrupt, "a manifest of the lake has no good '{}'", wrong_);
    }

private:
    const boost::json::value* find(std::string_view name) const { return object_ == nullptr ? nullptr : object_->if_contains(name); }
    void note(std::string_view name) {
        if (wrong_.empty()) wrong_ = name;
    }
    const boost::json::object* object_;
    std::string wrong_;
};

Result<boost::json::value> parse(std::string_view text) {
    auto parsed = parse_json(text, {.bytes_max = manifest_bytes_max});
    if (!parsed) return fail(ErrorKind::corrupt, "a manifest of the lake is no JSON: {}", parsed.error().message);
    return parsed;
}

}  // namespace

std::string lake_number(std::uint64_t sequence) { return fmt::format("{:020}", sequence); }
std::string lake_plan_key(std::uint64_t first) { return fmt::format("_lake/plans/{}.json", lake_number(first)); }
std::string lake_manifest_key(std::uint64_t first) { return fmt::format("{}{}.json", lake_manifest_prefix, lake_number(first)); }

std::string lake_part_key(const std::string& day, std::string_view tenant, const LakePlan& range) {
    std::string encoded;
    for (char c : tenant) {
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
        if (plain) {
            encoded += c;
        } else {
            fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return fmt::format("day={}/tenant={}/part-{}-{}.parquet", day, encoded, lake_number(range.first), lake_number(range.last));
}

std::string render_plan(const LakePlan& plan) { return json_text(boost::json::object{{"first", plan.first}, {"last", plan.last}}) + "\n"; }

std::string render_manifest(const LakeManifest& manifest) {
    boost::json::array parts;
    for (const auto& part : manifest.parts)
        parts.push_back(boost::json::object{{"key", part.key},
                                            {"day", part.day},
                                            {"tenant", part.tenant},
                                            {"events", part.events},
                                            {"bytes", part.bytes},
                                            {"sha256", part.sha256}});
    boost::json::object last{{"source", manifest.last_source}, {"id", manifest.last_id}, {"known", manifest.last_known.value()}};
    boost::json::object object{{"first", manifest.first}, {"last", manifest.last}, {"events", manifest.events}};
    object["last_event"] = std::move(last);
    object["parts"] = std::move(parts);
    return json_text(object, 1) + "\n";
}

Result<LakePlan> parse_plan(std::string_view text) {
    TRY(value, parse(text));
    Fields fields(&value);
    LakePlan plan{.first = fields.whole("first"), .last = fields.whole("last")};
    TRY_VOID(fields.outcome());
    if (plan.first == 0 || plan.last < plan.first)
        return fail(ErrorKind::corrupt, "a plan of the lake goes from {} to {}", plan.first, plan.last);
    return plan;
}

Result<LakeManifest> parse_manifest(std::string_view text) {
    TRY(value, parse(text));
    Fields fields(&value);
    LakeManifest manifest{.first = fields.whole("first"), .last = fields.whole("last"), .events = fields.whole("events")};
    const auto* object = value.if_object();
    const auto* last_event = object == nullptr ? nullptr : object->if_contains("last_event");
    Fields last(last_event);
    manifest.last_source = last.text("source");
    manifest.last_id = last.text("id");
    if (const auto* known = last_event != nullptr && last_event->is_object() ? last_event->get_object().if_contains("known") : nullptr;
        known != nullptr && known->is_int64())
        manifest.last_known = EventTime{known->get_int64()};
    const auto* parts = fields.list("parts");
    TRY_VOID(fields.outcome());
    TRY_VOID(last.outcome());
    if (manifest.first == 0 || manifest.last < manifest.first || manifest.last_known.is_missing())
        return fail(ErrorKind::corrupt, "a manifest of the lake goes from {} to {} or has no last event", manifest.first, manifest.last);
    for (const auto& entry : *parts) {
        Fields part(&entry);
        manifest.parts.push_back({.key = part.text("key"),
                                  .day = part.text("day"),
                                  .tenant = part.text("tenant"),
                                  .events = part.whole("events"),
                                  .bytes = part.whole("bytes"),
                                  .sha256 = part.text("sha256")});
        TRY_VOID(part.outcome());
    }
    return manifest;
}

}  // namespace quoin
