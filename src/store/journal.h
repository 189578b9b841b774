#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace quoin {

/// The end of a store's path to the disk: numbered frames of any bytes, one after the other, in files whose blocks were written before, so
/// that an fdatasync is one write and no change of the file system (110 µs where an appended file takes 200). docs/formats/journal.md.
/// A frame is durable when append() returns; what a crash cut short is dropped at the next opening; any other damage is an error that
/// names the file. append() by one thread at a time, release() by any.
class Journal {
public:
    struct Options {
        std::filesystem::path folder;
        std::size_t segment_bytes_max = 32u << 20;  ///< of a file; the first ones are smaller
    };
    using Replay = std::function<Status(std::uint64_t frame, std::string_view payload)>;
    /// Opens or makes it. Hands the frames after `kept` to `replay`, in order: what the store had not kept elsewhere when it ended. Error:
    /// corrupt (naming the file; also if a frame after `kept` is missing), unavailable, what `replay` returns.
    static Result<std::unique_ptr<Journal>> open(const Options& options, std::uint64_t kept, const Replay& replay);
    /// Marks the end of what was appended, so that damage up to the last byte would be found.
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// Appends a frame and returns its number, from 1 without gaps. `synced`: after fdatasync, with all frames before; otherwise it
    /// survives the process and perhaps not the machine. Error: unavailable (the disk), with nothing appended; the next one goes into
    /// another file.
    Result<std::uint64_t> append(std::string_view payload, bool synced);
    std::uint64_t last_frame() const;
    /// The frames up to this one are durable elsewhere; their files are used again. Thread-safe.
    void release(std::uint64_t frame);
    /// Of the end that was dropped at the opening; 0: it was whole.
    std::uint64_t bytes_cut() const;

private:
    struct State;
    explicit Journal(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace quoin
