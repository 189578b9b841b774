#pragma once

#include "remote/object_store.h"

namespace quoin {

/// A store that fails at its `at`-th call, before or after the call has had its effect, as a crash would leave it.
class FaultyStore : public ObjectStore {
public:
    FaultyStore(std::shared_ptr<ObjectStore> store, int at, bool after) : store_(std::move(store)), at_(at), after_(after) {}
    bool has_failed() const { return has_failed_; }
    const std::string& where() const override { return store_->where(); }
    Status put(std::string_view key, std::span<const std::byte> bytes) override {
        return faulty<Status>([&] { return store_->put(key, bytes); });
    }
    Result<bool> put_if_absent(std::string_view key, std::span<const std::byte> bytes) override {
        return faulty<Result<bool>>([&] { return store_->put_if_absent(key, bytes); });
    }
    Result<std::string> get(std::string_view key, std::size_t bytes_max) override {
        return faulty<Result<std::string>>([&] { return store_->get(key, bytes_max); });
    }
    Result<std::optional<Info>> head(std::string_view key) override {
        return faulty<Result<std::optional<Info>>>([&] { return store_->head(key); });
    }
    Result<std::vector<Info>> list(std::string_view prefix) override {
        return faulty<Result<std::vector<Info>>>([&] { return store_->list(prefix); });
    }
    Status remove(std::string_view key) override {
        return faulty<Status>([&] { return store_->remove(key); });
    }

private:
    template <class Answer, class Call>
    Answer faulty(const Call& call) {
        bool fails = calls_++ == at_;
        has_failed_ |= fails;
        if (fails && !after_) return fail(ErrorKind::unavailable, "the power went out");
        auto answer = call();
        if (fails) return fail(ErrorKind::unavailable, "the power went out");
        return answer;
    }
    std::shared_ptr<ObjectStore> store_;
    int calls_ = 0, at_;
    bool after_, has_failed_ = false;
};

}  // namespace quoin
