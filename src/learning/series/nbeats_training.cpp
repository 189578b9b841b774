#include "learning/series/nbeats_training.h"

#include <cmath>
#include <numbers>

#include "learning/torch_module.h"

namespace quoin {
namespace {

/// Coefficients × steps, for the coefficients from `first` on.
struct Basis {
    std::span<const float> values;
    std::size_t steps, first;
};

/// Appends the outputs basis' · coefficients to a layer.
void append_folded(Network::Layer& to, const Network::Layer& coefficients, const Basis& part) {
    const auto [basis, steps, first] = part;
    const std::size_t count = basis.size() / steps;
    for (std::size_t step = 0; step < steps; ++step) {
        for (std::size_t i = 0; i < coefficients.inputs; ++i) {
            double sum = 0;
            for (std::size_t c = 0; c < count; ++c)
                sum += static_cast<double>(basis[c * steps + step]) *
                       static_cast<double>(coefficients.weights[(first + c) * coefficients.inputs + i]);
            to.weights.push_back(static_cast<float>(sum));
        }
        double bias = 0;
        for (std::size_t c = 0; c < count; ++c)
            bias += static_cast<double>(basis[c * steps + step]) * static_cast<double>(coefficients.bias[first + c]);
        to.bias.push_back(static_cast<float>(bias));
    }
}

}  // namespace

Result<NbeatsWeights> train_nbeats(const NbeatsPlan& plan, const NbeatsWeights& start) {
    using Train = void (*)(const NbeatsPlan*, const NbeatsWeights*, Result<NbeatsWeights>*);
    TRY(train, torch_function("quoin_train_nbeats"));
    Result<NbeatsWeights> trained;
    reinterpret_cast<Train>(train)(&plan, &start, &trained);
    return trained;
}

Result<std::vector<float>> nbeats_reference(const NbeatsPlan& plan, const NbeatsWeights& weights, const std::vector<float>& windows) {
    using Answer = void (*)(const NbeatsPlan*, const NbeatsWeights*, const std::vector<float>*, Result<std::vector<float>>*);
    TRY(function, torch_function("quoin_nbeats_reference"));
    Result<std::vector<float>> answer;
    reinterpret_cast<Answer>(function)(&plan, &weights, &windows, &answer);
    return answer;
}

NbeatsStackPlan trend_stack(std::size_t lookback, std::size_t horizon, std::size_t degree) {
    NbeatsStackPlan stack{.kind = NbeatsNetwork::Kind::trend, .shares_weights = true};
    auto powers = [&](std::size_t steps) {
        std::vector<float> basis;
        for (std::size_t power = 0; power <= degree; ++power)
            for (std::size_t t = 0; t < steps; ++t)
                basis.push_back(static_cast<float>(std::pow(static_cast<double>(t) / static_cast<double>(steps), power)));
        return basis;
    };
    stack.backcast_basis = powers(lookback);
    stack.forecast_basis = powers(horizon);
    return stack;
}

NbeatsStackPlan seasonality_stack(std::size_t lookback, std::size_t horizon) {
    NbeatsStackPlan stack{.kind = NbeatsNetwork::Kind::seasonality, .shares_weights = true};
    auto waves = [&](std::size_t steps, double first) {
        std::vector<float> basis(steps, 1.0f);
        for (std::size_t k = 1; k <= std::max<std::size_t>(1, horizon / 2); ++k)
            for (double quarter : {0.0, 0.25})
                for (std::size_t t = 0; t < steps; ++t) {
                    double turns = static_cast<double>(k) * (first + static_cast<double>(t)) / static_cast<double>(horizon) - quarter;
                    basis.push_back(static_cast<float>(std::cos(2 * std::numbers::pi * turns)));
                }
        return basis;
    };
    stack.backcast_basis = waves(lookback, -static_cast<double>(lookback));
    stack.forecast_basis = waves(horizon, 0);
    return stack;
}

Result<NbeatsNetwork> folded(const NbeatsPlan& plan, const NbeatsWeights& weights) {
    NbeatsNetwork::Parts parts{.lookback = plan.lookback, .horizon = plan.horizon, .stacks = {}};
    for (std::size_t s = 0; s < plan.stacks.size(); ++s) {
        const NbeatsStackPlan& stack = plan.stacks[s];
        NbeatsNetwork::Stack made{.kind = stack.kind, .repeats = stack.shares_weights ? stack.blocks : 1, .blocks = weights[s]};
        for (NbeatsNetwork::Block& block : made.blocks) {
            if (stack.backcast_basis.empty()) continue;
            const Network::Layer coefficients = std::move(block.back());
            Network::Layer last{coefficients.inputs, plan.lookback + plan.horizon, {}, {}};
            append_folded(last, coefficients, {stack.backcast_basis, plan.lookback, 0});
            append_folded(last, coefficients, {stack.forecast_basis, plan.horizon, stack.backcast_basis.size() / plan.lookback});
            block.back() = std::move(last);
        }
        parts.stacks.push_back(std::move(made));
    }
    return NbeatsNetwork::make(std::move(parts));
}

}  // namespace quoin
