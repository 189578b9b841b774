#include "learning/tuning.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/parallel.h"
#include "base/rng.h"
#include "learning/search_proposals.h"

namespace quoin {
namespace {

constexpr std::size_t candidates_max = 100'000;

Status check_space(std::span<const HyperParameter> space) {
    for (const HyperParameter& parameter : space) {
        if (!std::isfinite(parameter.lower) || !std::isfinite(parameter.upper) || parameter.lower > parameter.upper) {
            return fail_field(ErrorKind::invalid, parameter.name, "the range of {} is {} to {}", parameter.name, parameter.lower,
                              parameter.upper);
        }
        if (parameter.logarithmic && parameter.lower <= 0) {
            return fail_field(ErrorKind::invalid, parameter.name, "{} is searched on a log scale, but its range begins at {}",
                              parameter.name, parameter.lower);
        }
    }
    return {};
}

double drawn(const HyperParameter& parameter, Rng rng) {
    const double share = rng.uniform();
    // Half a step beyond both ends, so that the first and the last whole number are as likely as the others.
    const double margin = parameter.integer ? 0.5 : 0;
    double lower = parameter.lower - margin, upper = parameter.upper + margin;
    double value = lower + share * (upper - lower);
    if (parameter.logarithmic) {
        lower = std::max(lower, parameter.lower / 2);
        value = lower * std::exp(share * std::log(upper / lower));
    }
    if (parameter.integer) value = std::round(value);
    return std::clamp(value, parameter.lower, parameter.upper);
}

/// The defaults, then points drawn at random: candidate and parameter name the stream, so that a longer search begins with a shorter one.
std::vector<HyperParameters> candidates_of(std::span<const HyperParameter> space, const HalvingOptions& options) {
    std::vector<HyperParameters> candidates(options.candidates);
    for (std::size_t c = 0; c < candidates.size(); ++c) {
        const Rng of_candidate = Rng(Rng(options.seed).split(c).next());
        for (std::size_t p = 0; p < space.size(); ++p) {
            candidates[c][space[p].name] = c == 0 ? space[p].default_value : drawn(space[p], of_candidate.split(p));
        }
    }
    return candidates;
}

using Loss = std::function<Result<double>(const HyperParameters&, double share)>;

std::vector<Result<double>> try_all(std::span<const HyperParameters> candidates, double share, const Loss& loss, Progress& progress) {
    std::vector<Result<double>> results(candidates.size(), 0.0);
    parallel_for(candidates.size(), [&](std::size_t i) {
        results[i] = loss(candidates[i], share);
        progress.step();
    });
    return results;
}

/// A candidate that cannot be trained counts as infinitely bad.
std::vector<double> losses_of(std::span<const Result<double>> results) {
    std::vector<double> losses;
    for (const auto& result : results) losses.push_back(result && !std::isnan(*result) ? *result : std::numeric_limits<double>::infinity());
    return losses;
}

/// Error: the first candidate's, when none can be trained.
Result<std::vector<double>> some_losses_of(std::span<const Result<double>> results) {
    const bool none = std::all_of(results.begin(), results.end(), [](const auto& result) { return !result; });
    if (none) return tl::unexpected(results.front().error());
    return losses_of(results);
}

struct Rung {
    std::vector<HyperParameters> candidates;
    std::vector<double> losses;
};

/// The first rung: candidates drawn at random, some of them replaced by proposals that follow from the losses so far. Batches have a fixed
/// size, so that proposals do not depend on the number of threads.
Result<Rung> first_rung(std::span<const HyperParameter> space, const HalvingOptions& options, const Loss& loss, Progress& progress) {
    constexpr std::size_t guided_max = 60, drawn_share = 3, batch = 4;
    Rung rung{candidates_of(space, options), {}};
    const std::size_t count = rung.candidates.size(), share = count / drawn_share;
    const bool has_choices = std::ranges::any_of(space, [](const HyperParameter& one) { return one.lower < one.upper; });
    std::size_t drawn = options.is_guided && has_choices && share > 1 ? std::max(share, count - std::min(count, guided_max)) : count;
    TRY(losses, some_losses_of(try_all(std::span(rung.candidates).first(drawn), options.first_share, loss, progress)));
    rung.losses = std::move(losses);
    if (drawn == count) return rung;
    TRY(proposals, SearchProposals::make(space, options.seed));
    TRY_VOID(proposals.tell(std::span(rung.candidates).first(drawn), rung.losses));
    for (std::size_t place = drawn; place < count;) {
        std::size_t asked = std::min(batch, count - place);
        TRY(proposed, proposals.ask(asked));
        std::ranges::move(proposed, rung.candidates.begin() + static_cast<std::ptrdiff_t>(place));
        auto tried = std::span(rung.candidates).subspan(place, asked);
        std::vector<double> more = losses_of(try_all(tried, options.first_share, loss, progress));
        TRY_VOID(proposals.tell(tried, more));
        rung.losses.insert(rung.losses.end(), more.begin(), more.end());
        place += asked;
    }
    return rung;
}

}  // namespace

Result<HalvingOutcome> successive_halving(std::span<const HyperParameter> space, const HalvingOptions& options,
                                          const std::function<Result<double>(const HyperParameters&, double share)>& loss,
                                          Progress& progress) {
    TRY_VOID(check_space(space));
    if (options.candidates == 0 || options.candidates > candidates_max) {
        return fail(ErrorKind::invalid, "a search needs between 1 and {} candidates, not {}", candidates_max, options.candidates);
    }
    if (options.keep_one_in < 2) return fail(ErrorKind::invalid, "keep_one_in is {}; it must be at least 2", options.keep_one_in);
    if (!(options.first_share > 0 && options.first_share <= 1)) {
        return fail(ErrorKind::invalid, "the first share is {}, not above 0 and at most 1", options.first_share);
    }

    HalvingOutcome outcome;
    std::vector<HyperParameters> candidates;
    for (double share = options.first_share;; share = std::min(1.0, share * static_cast<double>(options.keep_one_in))) {
        // 9 · (1/9) and the like end a hair below 1.
        if (share > 1 - 1e-9) share = 1;
        const std::size_t count = candidates.empty() ? options.candidates : candidates.size();
        progress.phase(fmt::format("search: {} candidates on {:.0f} % of the rows", count, 100 * share), count);
        std::vector<double> losses;
        if (candidates.empty()) {
            TRY(rung, first_rung(space, options, loss, progress));
            candidates = std::move(rung.candidates);
            losses = std::move(rung.losses);
        } else {
            TRY(found, some_losses_of(try_all(candidates, share, loss, progress)));
            losses = std::move(found);
        }
        std::vector<std::size_t> order(candidates.size());
        std::iota(order.begin(), order.end(), 0u);
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return losses[a] < losses[b]; });
        for (std::size_t i = 0; i < candidates.size(); ++i) outcome.trials.push_back({candidates[i], share, losses[i]});
        outcome.best = candidates[order.front()];
        if (share == 1) return outcome;

        order.resize((order.size() + options.keep_one_in - 1) / options.keep_one_in);
        std::sort(order.begin(), order.end());  // survivors keep their order: ties go to the earlier candidate on every rung
        std::vector<HyperParameters> survivors;
        for (std::size_t i : order) survivors.push_back(std::move(candidates[i]));
        candidates = std::move(survivors);
        if (candidates.size() == 1) return outcome;
    }
}

}  // namespace quoin
