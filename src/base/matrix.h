#pragma once

#include <cassert>
#include <cstddef>
#include <span>
#include <type_traits>
#include <vector>

namespace quoin {

/// A view of rows() × columns() values, row-major and contiguous. Does not own; as cheap to copy as a pointer.
template <class T>
class MatrixView {
public:
    MatrixView() = default;
    MatrixView(T* data, std::size_t rows, std::size_t columns) : data_(data), rows_(rows), columns_(columns) {}
    /// A view of const values from a view of mutable ones.
    template <class U>
    requires(std::is_same_v<const U, T>) MatrixView(MatrixView<U> other)
        : data_(other.data()), rows_(other.rows()), columns_(other.columns()) {}

    std::size_t rows() const { return rows_; }
    std::size_t columns() const { return columns_; }
    T* data() const { return data_; }
    std::span<T> row(std::size_t i) const {
        assert(i < rows_);
        return {data_ + i * columns_, columns_};
    }
    T& operator()(std::size_t i, std::size_t j) const {
        assert(i < rows_ && j < columns_);
        return data_[i * columns_ + j];
    }
    MatrixView rows_between(std::size_t first, std::size_t last) const {
        assert(first <= last && last <= rows_);
        return {data_ + first * columns_, last - first, columns_};
    }

private:
    T* data_ = nullptr;
    std::size_t rows_ = 0, columns_ = 0;
};

/// An owning row-major matrix of doubles. NaN is "missing" wherever a model reads features.
class Matrix {
public:
    Matrix() = default;
    Matrix(std::size_t rows, std::size_t columns, double fill = 0.0) : values_(rows * columns, fill), rows_(rows), columns_(columns) {}

    std::size_t rows() const { return rows_; }
    std::size_t columns() const { return columns_; }
    double& operator()(std::size_t i, std::size_t j) { return view()(i, j); }
    double operator()(std::size_t i, std::size_t j) const { return view()(i, j); }
    std::span<double> row(std::size_t i) { return view().row(i); }
    std::span<const double> row(std::size_t i) const { return view().row(i); }
    std::span<const double> values() const { return values_; }
    MatrixView<double> view() { return {values_.data(), rows_, columns_}; }
    MatrixView<const double> view() const { return {values_.data(), rows_, columns_}; }
    operator MatrixView<const double>() const { return view(); }
    /// The rows at `rows`, in that order.
    Matrix take(std::span<const std::size_t> rows) const;
    std::vector<double> column(std::size_t j) const;

private:
    std::vector<double> values_;
    std::size_t rows_ = 0, columns_ = 0;
};

}  // namespace quoin
