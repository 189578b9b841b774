#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"

namespace quoin {

/// What a product says of its own explanations: the key `explanation` of its file (docs/formats/products.md).
struct ExplanationPolicy {
    struct Reason {
        std::string code;  ///< stable: "R03"
        std::string text;  ///< as a person is told it
        std::vector<std::string> inputs;
    };
    int better = 1;                ///< +1: a higher answer is better for whom it is about; −1: a lower one; `better: higher`
    std::optional<double> target;  ///< from where an answer is good, in its unit; nothing: the model's typical answer
    std::vector<Reason> reasons;

    /// The code of an input; nullptr: none is declared.
    const Reason* reason_of(const std::string& input) const;

    /// Reads the value of the key `explanation`. Error: invalid, with line and key: a code or an input twice, no code.
    static Result<ExplanationPolicy> parse(const Yaml& node, const std::string& where);
};

}  // namespace quoin
