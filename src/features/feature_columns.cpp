#include "features/feature_columns.h"

#include <array>
#include <bit>
#include <boost/json.hpp>
#include <charconv>

#include "base/json.h"

namespace quoin {
namespace {

std::string list_text(const AnsweredFeature& feature, std::size_t row) {
    boost::json::array items;
    for (auto item : feature.view.list(row, feature.place)) {
        if (feature.declaration().type == FeatureType::texts) items.push_back(boost::json::value(feature.answers.texts->find(item)));
        else items.push_back(std::bit_cast<double>(item));
    }
    return json_text(items);
}

double number_of(const std::string& text) {
    double number = std::numeric_limits<double>::quiet_NaN();
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

void CategoryBuilder::add(std::string_view text) {
    auto [found, is_new] = codes_.try_emplace(std::string(text), static_cast<std::int32_t>(column_.levels.size()));
    if (is_new) column_.levels.emplace_back(text);
    column_.codes.push_back(found->second);
}

Categories CategoryBuilder::release() {
    codes_.clear();
    return std::exchange(column_, {});
}

Column value_column(std::string name, const AnsweredFeature& feature, std::span<const EventTime> at, bool uses_defaults) {
    const FeatureDeclaration& declared = feature.declaration();
    const auto& otherwise = declared.default_text;
    bool is_text = field_kind(declared.type) == FieldKind::text || is_list(declared.type);
    double default_number = otherwise && !is_text ? number_of(*otherwise) : std::numeric_limits<double>::quiet_NaN();
    Numbers numbers;
    CategoryBuilder texts;
    for (std::size_t row = 0; row < feature.view.rows(); ++row) {
        auto status = feature.view.status(row, feature.place, at[row]);
        bool is_present = status == FeatureStatus::present;
        bool is_default = uses_defaults && otherwise && status == FeatureStatus::not_found;
        if (!is_text) {
            numbers.push_back(is_present   ? std::bit_cast<double>(feature.view.bits(row, feature.place))
                              : is_default ? default_number
                                           : std::numeric_limits<double>::quiet_NaN());
        } else if (is_present) {
            if (is_list(declared.type)) texts.add(list_text(feature, row));
            else texts.add(feature.answers.texts->find(feature.view.bits(row, feature.place)));
        } else if (is_default) {
            texts.add(*otherwise);
        } else {
            texts.add_missing();
        }
    }
    if (is_text) return {std::move(name), texts.release()};
    return {std::move(name), std::move(numbers)};
}

Column status_column(std::string name, const AnsweredFeature& feature, std::span<const EventTime> at) {
    Categories column;
    std::array<std::int32_t, 4> codes{Categories::missing, Categories::missing, Categories::missing, Categories::missing};
    for (std::size_t row = 0; row < feature.view.rows(); ++row) {
        auto status = feature.view.status(row, feature.place, at[row]);
        auto& code = codes[static_cast<std::size_t>(status)];
        if (code == Categories::missing) {
            code = static_cast<std::int32_t>(column.levels.size());
            column.levels.emplace_back(name_of(status));
        }
        column.codes.push_back(code);
    }
    return {std::move(name), std::move(column)};
}

}  // namespace quoin
