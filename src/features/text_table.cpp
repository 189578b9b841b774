#include "features/text_table.h"

#include <atomic>
#include <mutex>
#include <shared_mutex>

namespace quoin {

// Shards keep writers apart; a reader takes a shared lock on one shard, which costs less than the cache miss that follows.
struct TextTable::State {
    static constexpr std::size_t shards = 64;
    struct Shard {
        mutable std::shared_mutex guard;
        std::unordered_map<std::uint64_t, std::unique_ptr<std::string>> texts;
    };
    Shard shard[shards];
    std::atomic<std::size_t> size{0};
};

TextTable::TextTable() : state_(std::make_unique<State>()) {}
TextTable::~TextTable() = default;

std::uint64_t TextTable::id_of(std::string_view text) {
    std::uint64_t hash = 14695981039346656037ull;
    for (unsigned char c : text) hash = (hash ^ c) * 1099511628211ull;
    hash ^= hash >> 30, hash *= 0xbf58476d1ce4e5b9ull;
    hash ^= hash >> 27, hash *= 0x94d049bb133111ebull;
    hash ^= hash >> 31;
    return hash == 0 ? 1 : hash;
}

std::uint64_t TextTable::intern(std::string_view text) {
    std::uint64_t id = id_of(text);
    auto& shard = state_->shard[id % State::shards];
    {
        std::shared_lock lock(shard.guard);
        if (auto found = shard.texts.find(id); found != shard.texts.end()) return *found->second == text ? id : 0;
    }
    if (text.size() > text_bytes_max || state_->size.load(std::memory_order_relaxed) >= texts_max) return 0;
    std::unique_lock lock(shard.guard);
    auto [place, is_new] = shard.texts.try_emplace(id, nullptr);
    if (is_new) place->second = std::make_unique<std::string>(text), state_->size.fetch_add(1, std::memory_order_relaxed);
    return *place->second == text ? id : 0;
}

std::string_view TextTable::find(std::uint64_t id) const {
    const auto& shard = state_->shard[id % State::shards];
    std::shared_lock lock(shard.guard);
    auto found = shard.texts.find(id);
    return found == shard.texts.end() ? std::string_view{} : std::string_view(*found->second);
}

void TextTable::visit(const std::function<void(std::string_view text)>& visitor) const {
    for (const auto& shard : state_->shard) {
        std::shared_lock lock(shard.guard);
        for (const auto& [id, text] : shard.texts) visitor(*text);
    }
}

std::size_t TextTable::size() const { return state_->size.load(std::memory_order_relaxed); }

TextTable& TextTable::shared() {
    static TextTable table;
    return table;
}

}  // namespace quoin
