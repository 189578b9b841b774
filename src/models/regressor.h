#pragma once

#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/matrix.h"
#include "base/result.h"
#include "models/forest/forest.h"
#include "models/linear/linear_model.h"
#include "models/network/network.h"

namespace quoin {

/// Any trained model of one number (a regression margin, or a binary log-odds) from one row of features. A closed set: whoever trained it,
/// prediction, explanation and storage exist once per kind. Value type, thread-safe.
class Regressor {
public:
    using Kind = std::variant<Forest, LinearModel, Network>;
    explicit Regressor(Kind kind) : kind_(std::move(kind)) {}
    const Kind& kind() const { return kind_; }
    /// "forest", "linear" or "network".
    std::string kind_name() const;

    std::size_t features() const;
    double predict(std::span<const double> row) const;
    /// One value per row.
    std::vector<double> predict(MatrixView<const double> rows) const;
    /// out: features + 1; the last is the base value; sums to predict(row).
    void contributions(std::span<const double> row, std::span<double> out) const;
    /// The same bits for many rows, faster: rows × (features + 1).
    Matrix contributions(MatrixView<const double> rows) const;

    std::vector<std::byte> save() const;
    /// `kind`: what kind_name() said.
    static Result<Regressor> load(std::string_view kind, std::span<const std::byte> bytes);

    /// As Forest::save_prepared and Forest::restore; models of other kinds have nothing prepared.
    void save_prepared(ArrayFileWriter& file, const std::string& name) const;
    static Result<Regressor> restore(std::string_view kind, std::span<const std::byte> bytes, const ArrayFile& file,
                                     const std::string& name);

private:
    Kind kind_;
};

/// Σ weight · member(row). Weights are ≥ 0 and sum to 1; those of log hazards sum to the slope that calibrates them.
struct Ensemble {
    struct Member {
        std::string family;  ///< what trained it, e.g. "xgboost"
        double weight;
        Regressor model;
    };
    std::vector<Member> members;

    double predict(std::span<const double> row) const;
    std::vector<double> predict(MatrixView<const double> rows) const;
    /// What each member says of each row: rows × members.
    Matrix member_predictions(MatrixView<const double> rows) const;
    /// Σ weight · prediction over one row of member_predictions(): predict(row), to the bit.
    double weighted(std::span<const double> predictions) const;
    void contributions(std::span<const double> row, std::span<double> out) const;
    /// The same bits for many rows, faster: rows × (features + 1).
    Matrix contributions(MatrixView<const double> rows) const;
};

}  // namespace quoin
