#pragma once

#include <vector>

#include "control/protected_attributes.h"
#include "registry/model_card.h"

namespace quoin {

/// What a model card says of the groups of an audit: a table per attribute, the reference first.
std::vector<CardContent::GroupTable> group_tables(const FairnessReport& report);

}  // namespace quoin
