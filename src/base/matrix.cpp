#include "base/matrix.h"

#include <algorithm>

namespace quoin {

Matrix Matrix::take(std::span<const std::size_t> rows) const {
    Matrix taken(rows.size(), columns_);
    for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(row(rows[i]), taken.row(i).begin());
    return taken;
}

std::vector<double> Matrix::column(std::size_t j) const {
    std::vector<double> values(rows_);
    for (std::size_t i = 0; i < rows_; ++i) values[i] = (*this)(i, j);
    return values;
}

}  // namespace quoin
