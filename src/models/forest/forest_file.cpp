#include <boost/json.hpp>
#include <cstring>

#include "base/json.h"
#include "models/bundle.h"
#include "models/forest/forest.h"

namespace quoin {
namespace {

namespace json = boost::json;

constexpr int format_version = 1;
constexpr std::size_t kind_offset = 36, flags_end = 40;

// The node as it lies in the file (docs/formats/forest.md).
static_assert(sizeof(Forest::Node) == 48 && std::is_trivially_copyable_v<Forest::Node>);
static_assert(offsetof(Forest::Node, kind) == kind_offset && offsetof(Forest::Node, value) == flags_end);

template <class Item>
std::vector<std::byte> raw_bytes(const std::vector<Item>& items) {
    auto bytes = std::as_bytes(std::span(items));
    return {bytes.begin(), bytes.end()};
}

template <class Item>
Result<std::vector<Item>> items_of(const BundleView& bundle, const char* name) {
    TRY(bytes, section(bundle, name));
    if (bytes.size() % sizeof(Item) != 0) return fail(ErrorKind::corrupt, "section '{}' of the forest has {} bytes", name, bytes.size());
    std::vector<Item> items(bytes.size() / sizeof(Item));
    if (!bytes.empty()) std::memcpy(static_cast<void*>(items.data()), bytes.data(), bytes.size());
    return items;
}

/// The flags are bools in memory, so any other byte must be found before the nodes are read as such.
Status check_flags(std::span<const std::byte> nodes) {
    for (std::size_t at = 0; at + sizeof(Forest::Node) <= nodes.size(); at += sizeof(Forest::Node))
        for (std::size_t flag = kind_offset + 1; flag < flags_end; ++flag)
            if (std::to_integer<int>(nodes[at + flag]) > 1) return fail(ErrorKind::corrupt, "node {} of the forest has a flag that is neither 0 nor 1", at / sizeof(Forest::Node));
    return {};
}

}  // namespace

std::vector<std::byte> Forest::save() const {
    const auto& own = parts();
    json::array names, base;
    for (const auto& name : own.feature_names) names.emplace_back(name);
    for (double value : own.base) base.emplace_back(value);
    json::object meta{{"format", format_version},         {"feature_names", std::move(names)},
                      {"base", std::move(base)},           {"transform", static_cast<std::uint32_t>(own.transform)},
                      {"sigmoid_slope", own.sigmoid_slope}, {"float_sum", own.float_sum}};
    std::vector<BundleSection> sections;
    sections.push_back({"forest/meta", bytes_of(json_text(meta))});
    sections.push_back({"forest/trees", raw_bytes(own.trees)});
    sections.push_back({"forest/nodes", raw_bytes(own.nodes)});
    sections.push_back({"forest/category_words", raw_bytes(own.category_words)});
    return save_bundle(sections);
}

Result<Forest> Forest::load(std::span<const std::byte> bytes) try {
    TRY(bundle, open_bundle(bytes));
    TRY(meta_bytes, section(bundle, "forest/meta"));
    TRY(meta, parse_json(text_of(meta_bytes), {.bytes_max = 64u << 20}));
    if (meta.at("format").to_number<int>() != format_version)
        return fail(ErrorKind::unsupported, "the forest was saved in format {}; this version reads format {}", meta.at("format").to_number<int>(), format_version);
    Parts parts;
    for (const auto& name : meta.at("feature_names").as_array()) parts.feature_names.emplace_back(name.as_string());
    for (const auto& value : meta.at("base").as_array()) parts.base.push_back(value.to_number<double>());
    auto transform = meta.at("transform").to_number<std::uint32_t>();
    if (transform > static_cast<std::uint32_t>(ForestTransform::sigmoid_each)) return fail(ErrorKind::unsupported, "the forest's transform {} is not known", transform);
    parts.transform = static_cast<ForestTransform>(transform);
    parts.sigmoid_slope = meta.at("sigmoid_slope").to_number<double>();
    parts.float_sum = meta.at("float_sum").as_bool();
    TRY(node_bytes, section(bundle, "forest/nodes"));
    TRY_VOID(check_flags(node_bytes));
    TRY(trees, items_of<Tree>(bundle, "forest/trees"));
    TRY(nodes, items_of<Node>(bundle, "forest/nodes"));
    TRY(words, items_of<std::uint64_t>(bundle, "forest/category_words"));
    parts.trees = std::move(trees);
    parts.nodes = std::move(nodes);
    parts.category_words = std::move(words);
    return make(std::move(parts));
} catch (const std::exception& thrown) {
    return fail(ErrorKind::corrupt, "the forest is not readable: {}", thrown.what());
}

}  // namespace quoin
