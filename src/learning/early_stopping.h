#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace quoin {

/// Tells when a falling loss has stopped falling.
class EarlyStopping {
public:
    /// `patience_rounds` 0: never stops.
    explicit EarlyStopping(std::size_t patience_rounds) : patience_rounds_(patience_rounds) {}
    /// Takes the loss of the next round; true: stop now.
    bool stop_after(double loss) {
        losses_.push_back(loss);
        if (best_rounds_ == 0 || loss < best_) {
            best_ = loss;
            best_rounds_ = losses_.size();
        }
        return patience_rounds_ > 0 && losses_.size() - best_rounds_ >= patience_rounds_;
    }
    /// Rounds up to and including the best one.
    std::size_t best_rounds() const { return best_rounds_; }
    const std::vector<double>& learning_curve() const { return losses_; }

private:
    std::size_t patience_rounds_, best_rounds_ = 0;
    double best_ = 0;
    std::vector<double> losses_;
};

}  // namespace quoin
