#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "table/table.h"

namespace quoin {

/// Text cells to a category column, its levels in order of appearance.
class CategoryCells {
public:
    void add(std::string_view text) {
        auto [known, added] = codes_.try_emplace(std::string(text), static_cast<std::int32_t>(cells_.levels.size()));
        if (added) cells_.levels.emplace_back(text);
        cells_.codes.push_back(known->second);
    }
    Column column(std::string name) && { return {std::move(name), std::move(cells_)}; }

private:
    Categories cells_;
    std::unordered_map<std::string, std::int32_t> codes_;
};

}  // namespace quoin
