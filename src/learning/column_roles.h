#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "learning/declaration.h"
#include "table/table.h"

namespace quoin {

/// Lower case, every run of other characters one underscore: "SALE PRICE" → "sale_price", "yrBuilt" → "yr_built".
std::string normal_name(std::string_view column);
/// The words of a normal name: "sqft_living15" → {"sqft", "living15"}.
std::vector<std::string> name_words(std::string_view column);

/// What a column most likely means, from its name and the range of its values (a "lat" beyond ±90 is no latitude). `none` if unsure.
ColumnRole guess_role(const Column& column);
/// True where the numbers are names, not amounts: zip codes, class and area codes.
bool numbers_are_names(const Column& column);
/// "sqft_living" → "living area"; else the name's words with spaces.
std::string guess_label(std::string_view column, ColumnRole role);
/// "sq ft", "USD", "years", … or "".
std::string guess_unit(std::string_view column, ColumnRole role);

/// Distinct present values, counted exactly.
std::size_t distinct_count(const Column& column);

}  // namespace quoin
