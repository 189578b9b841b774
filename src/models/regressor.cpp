#include "models/regressor.h"

#include <boost/json.hpp>
#include <cassert>

#include "base/json.h"
#include "models/bundle.h"

namespace quoin {
namespace {

template <class... Cases>
struct Match : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Match(Cases...) -> Match<Cases...>;

/// A linear model with a few thousand indicator terms takes about 120 bytes a term.
constexpr JsonLimits linear_limits{.bytes_max = 256u << 20, .depth_max = 8};

Result<Regressor> load_forest(std::span<const std::byte> bytes) {
    TRY(forest, Forest::load(bytes));
    if (forest.outputs() != 1) return fail(ErrorKind::unsupported, "a forest with {} outputs is not a regressor", forest.outputs());
    return Regressor(std::move(forest));
}

Result<Regressor> load_linear(std::span<const std::byte> bytes) {
    TRY(value, parse_json(text_of(bytes), linear_limits));
    TRY(model, linear_model_from_json(value));
    return Regressor(std::move(model));
}

Result<Regressor> load_network(std::span<const std::byte> bytes) {
    TRY(network, Network::load(bytes));
    return Regressor(std::move(network));
}

}  // namespace

std::string Regressor::kind_name() const {
    return std::visit(Match{[](const Forest&) { return "forest"; }, [](const LinearModel&) { return "linear"; },
                            [](const Network&) { return "network"; }},
                      kind_);
}

std::size_t Regressor::features() const {
    return std::visit(Match{[](const Forest& forest) { return forest.features(); }, [](const LinearModel& model) { return model.features; },
                            [](const Network& network) { return network.parts().features; }},
                      kind_);
}

double Regressor::predict(std::span<const double> row) const {
    return std::visit(Match{[&](const Forest& forest) {
                                double margin = 0;
                                forest.margin(row, {&margin, 1});
                                return margin;
                            },
                            [&](const auto& model) { return model.predict(row); }},
                      kind_);
}

std::vector<double> Regressor::predict(MatrixView<const double> rows) const {
    assert(rows.columns() == features());
    if (const auto* forest = std::get_if<Forest>(&kind_)) {
        auto margins = forest->margins(rows);
        return {margins.values().begin(), margins.values().end()};
    }
    std::vector<double> predictions(rows.rows());
    for (std::size_t i = 0; i < rows.rows(); ++i) predictions[i] = predict(rows.row(i));
    return predictions;
}

void Regressor::contributions(std::span<const double> row, std::span<double> out) const {
    assert(out.size() == features() + 1);
    std::visit(Match{[&](const Forest& forest) {
                         forest.contributions(row, {out.data(), 1, out.size()});
                     },
                     [&](const auto& model) { model.contributions(row, out); }},
               kind_);
}

Matrix Regressor::contributions(MatrixView<const double> rows) const {
    assert(rows.columns() == features());
    if (const auto* forest = std::get_if<Forest>(&kind_)) return forest->contributions(rows);
    Matrix values(rows.rows(), features() + 1);
    for (std::size_t i = 0; i < rows.rows(); ++i) contributions(rows.row(i), values.row(i));
    return values;
}

std::vector<std::byte> Regressor::save() const {
    return std::visit(
        Match{[](const LinearModel& model) { return bytes_of(json_text(to_json(model))); }, [](const auto& model) { return model.save(); }},
        kind_);
}

Result<Regressor> Regressor::load(std::string_view kind, std::span<const std::byte> bytes) {
    if (kind == "forest") return load_forest(bytes);
    if (kind == "linear") return load_linear(bytes);
    if (kind == "network") return load_network(bytes);
    return fail(ErrorKind::unsupported, "a model of kind '{}' is not known; known kinds: forest, linear, network", kind);
}

void Regressor::save_prepared(ArrayFileWriter& file, const std::string& name) const {
    if (const auto* forest = std::get_if<Forest>(&kind_)) forest->save_prepared(file, name);
}

Result<Regressor> Regressor::restore(std::string_view kind, std::span<const std::byte> bytes, const ArrayFile& file,
                                     const std::string& name) {
    if (kind != "forest") return load(kind, bytes);
    TRY(forest, Forest::restore(bytes, file, name));
    return Regressor(std::move(forest));
}

double Ensemble::predict(std::span<const double> row) const {
    double sum = 0;
    for (const Member& member : members) sum += member.weight * member.model.predict(row);
    return sum;
}

std::vector<double> Ensemble::predict(MatrixView<const double> rows) const {
    auto predictions = member_predictions(rows);
    std::vector<double> sums(rows.rows());
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = weighted(predictions.row(i));
    return sums;
}

Matrix Ensemble::member_predictions(MatrixView<const double> rows) const {
    Matrix predictions(rows.rows(), members.size());
    for (std::size_t m = 0; m < members.size(); ++m) {
        auto of_member = members[m].model.predict(rows);
        for (std::size_t i = 0; i < of_member.size(); ++i) predictions(i, m) = of_member[i];
    }
    return predictions;
}

double Ensemble::weighted(std::span<const double> predictions) const {
    double sum = 0;
    for (std::size_t m = 0; m < members.size(); ++m) sum += members[m].weight * predictions[m];
    return sum;
}

void Ensemble::contributions(std::span<const double> row, std::span<double> out) const {
    std::fill(out.begin(), out.end(), 0.0);
    // One answer is explained at a time per thread; the buffer keeps its size after the first.
    thread_local std::vector<double> of_member;
    of_member.resize(out.size());
    for (const Member& member : members) {
        member.model.contributions(row, of_member);
        for (std::size_t i = 0; i < out.size(); ++i) out[i] += member.weight * of_member[i];
    }
}

Matrix Ensemble::contributions(MatrixView<const double> rows) const {
    Matrix sums(rows.rows(), rows.columns() + 1);
    for (const Member& member : members) {
        auto of_member = member.model.contributions(rows);
        for (std::size_t i = 0; i < sums.values().size(); ++i) sums.view().data()[i] += member.weight * of_member.values()[i];
    }
    return sums;
}

}  // namespace quoin
