#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "models/forest/forest.h"
#include "models/forest/forest_limits.h"
#include "models/forest/lightgbm_tree.h"

namespace quoin {
namespace {

constexpr std::int64_t features_max = forest_features_max, outputs_max = forest_outputs_max;

struct Document {
    LightgbmBlock header;
    bool average_output = false;
    std::vector<LightgbmBlock> trees;
};

Result<Document> split_blocks(std::string_view text) {
    if (!text.starts_with("tree\n") && !text.starts_with("tree\r\n"))
        return fail(ErrorKind::corrupt, "the file is no LightGBM text model: its first line is not 'tree'");
    Document document;
    auto* block = &document.header;
    while (!text.empty()) {
        auto end = text.find('\n');
        auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line == "end of trees") return document;
        if (line.starts_with("Tree=")) {
            document.trees.emplace_back();
            block = &document.trees.back();
        } else if (line == "average_output") {
            document.average_output = true;
        } else if (auto equals = line.find('='); equals != std::string_view::npos) {
            if (!block->emplace(line.substr(0, equals), line.substr(equals + 1)).second)
                return fail(ErrorKind::corrupt, "the LightGBM model has '{}' twice in one place",
                            line.substr(0, std::min<std::size_t>(equals, 40)));
        }
    }
    return fail(ErrorKind::corrupt, "the LightGBM model is cut short: the line 'end of trees' is missing");
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        auto end = std::min(text.find(' '), text.size());
        if (end > 0) words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

struct ObjectiveFacts {
    std::string_view name;
    ForestTransform transform;
};

constexpr ObjectiveFacts objectives[] = {
    {"regression", ForestTransform::identity},
    {"regression_l1", ForestTransform::identity},
    {"huber", ForestTransform::identity},
    {"fair", ForestTransform::identity},
    {"quantile", ForestTransform::identity},
    {"mape", ForestTransform::identity},
    {"poisson", ForestTransform::exponential},
    {"gamma", ForestTransform::exponential},
    {"tweedie", ForestTransform::exponential},
    {"binary", ForestTransform::sigmoid},
    {"cross_entropy", ForestTransform::sigmoid},
    {"multiclass", ForestTransform::softmax},
    {"multiclassova", ForestTransform::sigmoid_each},
    {"lambdarank", ForestTransform::identity},
    {"rank_xendcg", ForestTransform::identity},
};

/// "binary sigmoid:1". A model of a custom objective has none; its margins are its answers.
Status read_objective(std::string_view text, Forest::Parts& parts) {
    auto words = words_of(text);
    if (words.empty()) return {};
    const auto* facts = std::ranges::find(objectives, words.front(), &ObjectiveFacts::name);
    if (facts == std::end(objectives))
        return fail(ErrorKind::unsupported, "the LightGBM objective '{}' is not supported", words.front().substr(0, 60));
    parts.transform = facts->transform;
    for (auto word : words) {
        if (word == "sqrt") return fail(ErrorKind::unsupported, "LightGBM models of square roots (reg_sqrt) are not supported");
        if (!word.starts_with("sigmoid:")) continue;
        word.remove_prefix(std::string_view("sigmoid:").size());
        auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), parts.sigmoid_slope);
        if (code != std::errc{} || end != word.data() + word.size() || !(parts.sigmoid_slope > 0))
            return fail(ErrorKind::corrupt, "the LightGBM model's sigmoid slope '{}' is no positive number", word.substr(0, 40));
    }
    return {};
}

Status read_header(const LightgbmBlock& header, Forest::Parts& parts) {
    auto version = lightgbm_text(header, "version");
    if (version != "v2" && version != "v3" && version != "v4")
        return fail(ErrorKind::unsupported, "LightGBM models of version '{}' are not supported; v2, v3 and v4 are", version.substr(0, 20));
    TRY(last_feature, lightgbm_whole(header, "max_feature_idx", -1));
    if (last_feature < 0) return fail(ErrorKind::corrupt, "the LightGBM model's max_feature_idx is {}", last_feature);
    if (last_feature >= features_max) return fail(ErrorKind::too_large, "the LightGBM model has over {} features", features_max);
    TRY(outputs, lightgbm_whole(header, "num_tree_per_iteration", 1));
    if (outputs < 1) return fail(ErrorKind::corrupt, "the LightGBM model grows {} trees a round", outputs);
    if (outputs > outputs_max) return fail(ErrorKind::too_large, "the LightGBM model has over {} outputs", outputs_max);
    parts.base.assign(static_cast<std::size_t>(outputs), 0.0);
    auto features = static_cast<std::size_t>(last_feature) + 1;
    for (auto name : words_of(lightgbm_text(header, "feature_names"))) parts.feature_names.emplace_back(name);
    if (parts.feature_names.size() != features)
        return fail(ErrorKind::corrupt, "the LightGBM model has {} features and {} names for them", features, parts.feature_names.size());
    return read_objective(lightgbm_text(header, "objective"), parts);
}

}  // namespace

Result<Forest> load_lightgbm(std::span<const std::byte> bytes) try {
    TRY(document, split_blocks({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
    Forest::Parts parts;
    TRY_VOID(read_header(document.header, parts));
    auto outputs = parts.base.size(), trees = document.trees.size();
    if (trees % outputs != 0)
        return fail(ErrorKind::corrupt, "the LightGBM model has {} trees, which is no multiple of its {} outputs", trees, outputs);
    double scale = document.average_output && trees > 0 ? static_cast<double>(outputs) / static_cast<double>(trees) : 1;
    for (std::size_t t = 0; t < trees; ++t)
        TRY_VOID(add_lightgbm_tree(parts, document.trees[t], {static_cast<std::uint32_t>(t % outputs), scale}));
    return Forest::make(std::move(parts));
} catch (const std::exception& thrown) {  // the allocator
    return fail(ErrorKind::too_large, "the LightGBM model does not fit into memory: {}", thrown.what());
}

}  // namespace quoin
