#pragma once

#include <atomic>
#include <vector>

namespace quoin {

/// Clients of one server, each of which runs one call at a time, handed out in turn. Thread-safe.
template <class Client>
class ClientPool {
public:
    /// At least one.
    explicit ClientPool(std::vector<Client> clients) : clients_(std::move(clients)) {}
    Client& next() { return clients_[turn_.fetch_add(1, std::memory_order_relaxed) % clients_.size()]; }
    const Client& first() const { return clients_.front(); }

private:
    std::vector<Client> clients_;
    std::atomic<std::size_t> turn_{0};
};

}  // namespace quoin
