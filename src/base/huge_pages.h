#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>

namespace quoin {

/// An allocator for large tables that are read at random: pieces of 1 MiB and more lie in whole huge pages, if the system gives any
/// (transparent huge pages, "madvise" or "always"), so that a read costs no walk through the page tables. Smaller pieces are ordinary.
template <class T>
struct HugePageAllocator {
    static constexpr std::size_t page_bytes = std::size_t{2} << 20, least_bytes = page_bytes / 2;
    using value_type = T;

    HugePageAllocator() = default;
    template <class U>
    HugePageAllocator(const HugePageAllocator<U>&) {}

    T* allocate(std::size_t items) {
        std::size_t bytes = items * sizeof(T);
        if (bytes < least_bytes) return static_cast<T*>(::operator new(bytes));
        // Straight from the system: memory of the heap may have been touched before, which settles the size of its pages.
        void* memory = mmap(nullptr, whole(bytes) + page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) throw std::bad_alloc();
        auto* begin = static_cast<std::byte*>(memory);
        std::size_t before = -reinterpret_cast<std::uintptr_t>(begin) % page_bytes, after = page_bytes - before;
        if (before > 0) munmap(begin, before);
        if (after > 0) munmap(begin + before + whole(bytes), after);
        madvise(begin + before, whole(bytes), MADV_HUGEPAGE);  // advice: without huge pages the memory is as good
        return reinterpret_cast<T*>(begin + before);
    }
    void deallocate(T* memory, std::size_t items) {
        if (items * sizeof(T) < least_bytes) ::operator delete(memory);
        else munmap(memory, whole(items * sizeof(T)));
    }
    friend bool operator==(const HugePageAllocator&, const HugePageAllocator&) = default;

private:
    static constexpr std::size_t whole(std::size_t bytes) { return (bytes + page_bytes - 1) / page_bytes * page_bytes; }
};

}  // namespace quoin
