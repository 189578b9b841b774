#include <boost/json.hpp>

#include "base/json.h"
#include "models/network/metadata.h"
#include "models/series/tft_model.h"

namespace quoin {
namespace {

constexpr std::string_view format_name = "quoin tft 2";

std::string names_text(const std::vector<std::string>& names) {
    boost::json::array array(names.begin(), names.end());
    return boost::json::serialize(array);
}

Result<boost::json::array> array_of(const Safetensors& content, const std::string& name) {
    TRY(text, metadata_text(content, name));
    boost::system::error_code problem;
    boost::json::value value = boost::json::parse(boost::json::string_view(text.data(), text.size()), problem);
    if (problem || !value.is_array()) return fail(ErrorKind::corrupt, "TFT: \"{}\" is not a list", name);
    return std::move(value.get_array());
}

Result<std::vector<std::string>> names_in(const boost::json::value& list, const std::string& name) {
    std::vector<std::string> names;
    if (!list.is_array()) return fail(ErrorKind::corrupt, "TFT: \"{}\" is not a list of names", name);
    for (const boost::json::value& entry : list.get_array()) {
        if (!entry.is_string()) return fail(ErrorKind::corrupt, "TFT: \"{}\" is not a list of names", name);
        names.emplace_back(entry.get_string());
    }
    return names;
}

Result<std::vector<std::string>> names_of(const Safetensors& content, const std::string& name) {
    TRY(array, array_of(content, name));
    return names_in(array, name);
}

Result<std::vector<std::vector<std::string>>> levels_of(const Safetensors& content) {
    TRY(array, array_of(content, "levels"));
    std::vector<std::vector<std::string>> levels;
    for (const boost::json::value& list : array) {
        TRY(names, names_in(list, "levels"));
        levels.push_back(std::move(names));
    }
    return levels;
}

std::string levels_text(const std::vector<std::vector<std::string>>& levels) {
    boost::json::array array;
    for (const auto& names : levels) array.push_back(boost::json::array(names.begin(), names.end()));
    return boost::json::serialize(array);
}

/// Means and deviations in turn.
std::string scales_text(const std::vector<TftModel::Scale>& scales) {
    std::string text;
    for (const TftModel::Scale& scale : scales) text += fmt::format("{}{} {}", text.empty() ? "" : " ", scale.mean, scale.deviation);
    return text;
}

Result<std::vector<TftModel::Scale>> scales_of(const Safetensors& content, const std::string& name) {
    TRY(numbers, metadata_numbers<double>(content, name));
    std::vector<TftModel::Scale> scales;
    for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) scales.push_back({numbers[i], numbers[i + 1]});
    return scales;
}

Result<TftShape> shape_of(const Safetensors& content) {
    TftShape shape;
    for (auto [name, entry] : {std::pair{"lookback", &shape.lookback},
                               {"horizon", &shape.horizon},
                               {"size", &shape.size},
                               {"heads", &shape.heads},
                               {"static_numbers", &shape.static_numbers},
                               {"observed", &shape.observed},
                               {"known", &shape.known}}) {
        TRY(count, metadata_count(content, name));
        *entry = count;
    }
    TRY(categories, metadata_numbers<std::size_t>(content, "categories"));
    TRY(quantiles, metadata_numbers<double>(content, "quantiles"));
    shape.categories = std::move(categories);
    shape.quantiles = std::move(quantiles);
    return shape;
}

}  // namespace

std::vector<std::byte> TftModel::save() const {
    const TftShape& shape = parts_.network.shape();
    Safetensors content;
    content.metadata = {{"format", std::string(format_name)},
                        {"lookback", fmt::format("{}", shape.lookback)},
                        {"horizon", fmt::format("{}", shape.horizon)},
                        {"size", fmt::format("{}", shape.size)},
                        {"heads", fmt::format("{}", shape.heads)},
                        {"static_numbers", fmt::format("{}", shape.static_numbers)},
                        {"observed", fmt::format("{}", shape.observed)},
                        {"known", fmt::format("{}", shape.known)},
                        {"categories", fmt::format("{}", fmt::join(shape.categories, " "))},
                        {"quantiles", fmt::format("{}", fmt::join(shape.quantiles, " "))},
                        {"static_names", names_text(parts_.static_names)},
                        {"observed_names", names_text(parts_.observed_names)},
                        {"known_names", names_text(parts_.known_names)},
                        {"levels", levels_text(parts_.levels)},
                        {"periods", fmt::format("{}", fmt::join(parts_.periods, " "))},
                        {"static_scales", scales_text(parts_.static_scales)},
                        {"known_scales", scales_text(parts_.known_scales)},
                        {"growth", fmt::format("{}", fmt::join(parts_.calibration.growth, " "))},
                        {"scores", fmt::format("{}", fmt::join(parts_.calibration.scores, " "))}};
    content.tensors = parts_.network.tensors();
    return write_safetensors(content);
}

Result<TftModel> TftModel::load(std::span<const std::byte> bytes) {
    TRY(content, read_safetensors(bytes));
    TRY(format, metadata_text(content, "format"));
    if (format != format_name)
        return fail(ErrorKind::unsupported, "TFT: format '{}'; only '{}' is read", format.substr(0, 40), format_name);
    TRY(shape, shape_of(content));
    TRY(static_names, names_of(content, "static_names"));
    TRY(observed_names, names_of(content, "observed_names"));
    TRY(known_names, names_of(content, "known_names"));
    TRY(levels, levels_of(content));
    TRY(periods, metadata_numbers<std::size_t>(content, "periods"));
    TRY(static_scales, scales_of(content, "static_scales"));
    TRY(known_scales, scales_of(content, "known_scales"));
    TRY(growth, metadata_numbers<double>(content, "growth"));
    TRY(scores, metadata_numbers<double>(content, "scores"));
    TRY(network, TftNetwork::make(std::move(shape), std::move(content.tensors)));
    return make({.static_names = std::move(static_names),
                 .observed_names = std::move(observed_names),
                 .known_names = std::move(known_names),
                 .levels = std::move(levels),
                 .periods = std::move(periods),
                 .static_scales = std::move(static_scales),
                 .known_scales = std::move(known_scales),
                 .calibration = {std::move(growth), std::move(scores)},
                 .network = std::move(network)});
}

}  // namespace quoin
