#pragma once

#include <optional>
#include <string>
#include <vector>

#include "learning/declaration.h"
#include "learning/leak_search.h"
#include "table/table.h"

namespace quoin {

/// What the user already said about a file; empty: guess.
struct DraftHints {
    std::string model;  ///< empty: from the label, e.g. "price_model"
    std::string target, time, id;
    std::string source;  ///< as it will stand in the declaration
};

/// A declaration for a file never seen before, with the reasons for every choice.
struct Draft {
    Declaration declaration;
    std::vector<std::string> choices;  ///< "'price' is the label: its name says so"
    std::vector<std::string> doubts;   ///< what the user should look at before trusting it
    std::vector<LeakFinding> leaks;
};

/// Tells target, time and id columns apart, gives columns their kinds and roles, looks for leaks, sets aside what cannot be a feature, and
/// proposes members, calibration and gates. Error: invalid, if no column can be told to be the label: names the candidates and the option
/// --target; not_found, for a hinted column that is not there.
Result<Draft> draft_declaration(const Table& table, const DraftHints& hints);

}  // namespace quoin
