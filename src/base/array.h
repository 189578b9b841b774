#pragma once

#include <cassert>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace quoin {

/// Items in one piece of memory that never change: a vector's, taken over, or those that lie in a mapped file, which stays mapped while a
/// copy of the array is there. Copies share the items. Thread-safe.
template <class T>
class Array {
public:
    Array() = default;
    Array(std::vector<T> items) {
        auto own = std::make_shared<const std::vector<T>>(std::move(items));
        items_ = *own;
        holder_ = std::move(own);
    }
    /// `holder` keeps the memory of `items`.
    Array(std::span<const T> items, std::shared_ptr<const void> holder) : holder_(std::move(holder)), items_(items) {}

    std::size_t size() const { return items_.size(); }
    bool empty() const { return items_.empty(); }
    const T* data() const { return items_.data(); }
    const T& operator[](std::size_t i) const { return items_[i]; }
    auto begin() const { return items_.begin(); }
    auto end() const { return items_.end(); }
    operator std::span<const T>() const { return items_; }

private:
    std::shared_ptr<const void> holder_;
    std::span<const T> items_;
};

}  // namespace quoin
