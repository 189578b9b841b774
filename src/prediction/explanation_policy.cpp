#include "prediction/explanation_policy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace quoin {
namespace {

Result<ExplanationPolicy::Reason> read_reason(const Yaml& node, const std::string& where) {
    ExplanationPolicy::Reason reason;
    TRY(keys, YamlKeys::of(node, where));
    TRY_VOID(keys.text("code", reason.code, true));
    TRY_VOID(keys.text("text", reason.text, true));
    TRY_VOID(keys.texts("inputs", reason.inputs));
    TRY_VOID(keys.nothing_else());
    if (reason.code.empty() || reason.inputs.empty())
        return fail(ErrorKind::invalid, "{}: a reason has a code and at least one input", keys.place("code"));
    return reason;
}

}  // namespace

const ExplanationPolicy::Reason* ExplanationPolicy::reason_of(const std::string& input) const {
    for (const auto& reason : reasons)
        if (std::ranges::find(reason.inputs, input) != reason.inputs.end()) return &reason;
    return nullptr;
}

Result<ExplanationPolicy> ExplanationPolicy::parse(const Yaml& node, const std::string& where) {
    ExplanationPolicy policy;
    TRY(keys, YamlKeys::of(node, where));
    std::string better = "higher";
    double target = std::numeric_limits<double>::quiet_NaN();
    TRY_VOID(keys.text("better", better));
    TRY_VOID(keys.number("target", target));
    if (better != "higher" && better != "lower")
        return fail(ErrorKind::invalid, "{}: '{}' is no direction; write higher or lower", keys.place("better"), better);
    policy.better = better == "higher" ? 1 : -1;
    if (std::isfinite(target)) policy.target = target;
    std::set<std::string> codes, inputs;
    if (const Yaml* reasons = keys.node("reasons"))
        for (const Yaml& item : reasons->items) {
            TRY(reason, read_reason(item, where));
            if (!codes.insert(reason.code).second)
                return fail(ErrorKind::invalid, "{}, line {}: the code '{}' is declared twice", where, item.line, reason.code);
            for (const auto& input : reason.inputs)
                if (!inputs.insert(input).second)
                    return fail(ErrorKind::invalid, "{}, line {}: '{}' has two codes", where, item.line, input);
            policy.reasons.push_back(std::move(reason));
        }
    TRY_VOID(keys.nothing_else());
    return policy;
}

}  // namespace quoin
