#include <boost/json.hpp>

#include "base/json.h"
#include "models/bundle.h"
#include "models/number_tape.h"
#include "models/survival/proportional_hazards.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr std::string_view tape_kind = "baseline hazards";
constexpr std::uint32_t tape_version = 1;
constexpr int format_version = 1;
constexpr std::size_t names_max = 1u << 16;

std::vector<std::byte> save_baselines(std::span<const BaselineHazard> baselines) {
    TapeWriter tape;
    tape.whole(baselines.size());
    for (const BaselineHazard& baseline : baselines) {
        tape.numbers(baseline.times);
        tape.numbers(baseline.cumulative);
        tape.number(baseline.last_time);
    }
    return tape.finish(tape_kind, tape_version);
}

Result<std::vector<BaselineHazard>> load_baselines(std::span<const std::byte> bytes, const std::vector<std::string>& strata) {
    TRY(tape, TapeReader::open(bytes, tape_kind, tape_version));
    tape.whole(strata.size(), strata.size());
    std::vector<BaselineHazard> baselines;
    for (const std::string& stratum : strata) {
        BaselineHazard baseline{.stratum = stratum};
        baseline.times = tape.numbers(bytes.size() / 8);
        baseline.cumulative = tape.numbers(bytes.size() / 8);
        baseline.last_time = tape.number();
        baselines.push_back(std::move(baseline));
    }
    TRY_VOID(tape.finish());
    return baselines;
}

Result<std::vector<std::string>> names_of(const json::object& manifest, std::string_view field) {
    const json::value* value = manifest.if_contains(field);
    if (!value || !value->is_array() || value->get_array().size() > names_max)
        return fail(ErrorKind::corrupt, "survival model: \"{}\" is no list of names", field);
    std::vector<std::string> names;
    for (const json::value& name : value->get_array()) {
        if (!name.is_string()) return fail(ErrorKind::corrupt, "survival model: \"{}\" is no list of names", field);
        names.emplace_back(name.get_string());
    }
    return names;
}

Result<json::object> manifest_of(const BundleView& bundle) {
    TRY(text, section(bundle, "manifest"));
    TRY(value, parse_json(text_of(text), {.bytes_max = 1u << 26}));
    const json::object* manifest = value.if_object();
    const json::value* format = manifest ? manifest->if_contains("format") : nullptr;
    const json::value* kind = manifest ? manifest->if_contains("log_hazard") : nullptr;
    if (!format || !format->is_int64() || !kind || !kind->is_string())
        return fail(ErrorKind::corrupt, "survival model: the manifest has no format or no log hazard");
    if (format->get_int64() > format_version)
        return fail(ErrorKind::unsupported, "survival model: format {} is later than {}", format->get_int64(), format_version);
    return *manifest;
}

}  // namespace

std::vector<std::byte> ProportionalHazards::save() const {
    json::array covariates, strata;
    for (const std::string& name : parts_.covariates) covariates.emplace_back(name);
    for (const BaselineHazard& baseline : parts_.baselines) strata.emplace_back(baseline.stratum);
    const json::object manifest{{"format", format_version},
                                {"covariates", std::move(covariates)},
                                {"strata", std::move(strata)},
                                {"log_hazard", parts_.log_hazard.kind_name()}};
    const std::vector<BundleSection> sections = {{"manifest", bytes_of(json_text(manifest))},
                                                 {"log_hazard", parts_.log_hazard.save()},
                                                 {"baselines", save_baselines(parts_.baselines)}};
    return save_bundle(sections);
}

Result<ProportionalHazards> ProportionalHazards::load(std::span<const std::byte> bytes) {
    TRY(bundle, open_bundle(bytes));
    TRY(manifest, manifest_of(bundle));
    TRY(covariates, names_of(manifest, "covariates"));
    TRY(strata, names_of(manifest, "strata"));
    TRY(regressor_bytes, section(bundle, "log_hazard"));
    TRY(baseline_bytes, section(bundle, "baselines"));
    const json::string& kind = manifest.at("log_hazard").get_string();
    TRY(regressor, Regressor::load(std::string_view(kind.data(), kind.size()), regressor_bytes));
    TRY(baselines, load_baselines(baseline_bytes, strata));
    auto model = make({std::move(covariates), std::move(regressor), std::move(baselines)});
    if (!model) return fail(ErrorKind::corrupt, "survival model: {}", model.error().message);
    return model;
}

}  // namespace quoin
