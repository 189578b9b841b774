#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "models/trained_model.h"
#include "prediction/answer.h"

namespace quoin {

/// Past sales by how similar the model finds them: two homes are alike where the trees of the ensemble put them into the same leaves
/// (random-forest proximity, Breiman 2001). Built once per model version; immutable, thread-safe.
class ComparableIndex {
public:
    /// Reference rows with a label, at most `sales_max` latest ones.
    static Result<ComparableIndex> make(const TrainedModel& model, std::size_t sales_max = 200'000);

    /// What make() computed, and the same without computing; the model must be the one it was made of. Error: corrupt.
    void save_prepared(ArrayFileWriter& file) const;
    static Result<ComparableIndex> restore(const TrainedModel& model, const ArrayFile& file);

    struct Subject {
        std::span<const double> raw, encoded;
        double value;         ///< the subject's answer in the label's unit
        std::string_view id;  ///< its own sales are no comparables; empty: unknown
    };
    /// The `count` most similar sales not later than the subject's date, most similar first; equal similarity: later sale first.
    std::vector<Comparable> nearest(const TrainedModel& model, const Subject& subject, std::size_t count) const;

private:
    struct Sales;
    std::shared_ptr<const Sales> sales_;  ///< null: the ensemble has no forest
};

}  // namespace quoin
