#include "models/widen.h"

#include <algorithm>

namespace quoin {
namespace {

struct Widener {
    std::span<const std::size_t> columns;
    std::span<const std::string> names;

    Result<Regressor> operator()(const Forest& forest) const {
        auto parts = forest.parts();
        for (auto& node : parts.nodes)
            if (node.kind != SplitKind::leaf) node.feature = static_cast<std::uint32_t>(columns[node.feature]);
        parts.feature_names.assign(names.begin(), names.end());
        TRY(widened, Forest::make(std::move(parts)));
        return Regressor(std::move(widened));
    }
    Result<Regressor> operator()(LinearModel model) const {
        for (auto& term : model.terms) term.feature = columns[term.feature];
        model.features = names.size();
        return Regressor(std::move(model));
    }
    Result<Regressor> operator()(const Network& network) const {
        auto parts = network.parts();
        for (auto& input : parts.inputs) input.feature = columns[input.feature];
        parts.features = names.size();
        TRY(widened, Network::make(std::move(parts)));
        return Regressor(std::move(widened));
    }
};

}  // namespace

Result<Regressor> widen(const Regressor& model, std::span<const std::size_t> columns, std::span<const std::string> names) {
    if (columns.size() != model.features())
        return fail(ErrorKind::invalid, "a model of {} features cannot read {} columns", model.features(), columns.size());
    if (std::ranges::any_of(columns, [&](auto column) { return column >= names.size(); }))
        return fail(ErrorKind::invalid, "a model cannot read a column beyond the {} there are", names.size());
    return std::visit(Widener{columns, names}, model.kind());
}

}  // namespace quoin
