#include "remote/object_store.h"

#include <algorithm>

#include "remote/s3.h"

namespace quoin {

Status check_object_key(std::string_view key) {
    auto bad = [&](std::string_view why) {
        return fail_field(ErrorKind::invalid, "key", "'{}' cannot name an object: {}", key.substr(0, 200), why);
    };
    if (key.empty() || key.size() > 1024) return bad("a name has 1 to 1024 bytes");
    if (std::ranges::any_of(key, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\'; }))
        return bad("control characters and backslashes are not allowed");
    for (auto rest = key;;) {
        auto part = rest.substr(0, rest.find('/'));
        if (part.empty() || part == "." || part == ".." || part.size() > 255)
            return bad("a part is empty, a dot, or longer than 255 bytes");
        if (part.size() == rest.size()) return {};
        rest.remove_prefix(part.size() + 1);
    }
}

Result<std::unique_ptr<ObjectStore>> ObjectStore::open(const std::string& address) {
    if (address.empty()) return fail(ErrorKind::invalid, "the address of the object store is empty; give a folder or s3://bucket/prefix");
    if (!address.starts_with("s3://")) {
        if (address.find("://") != std::string::npos)
            return fail(ErrorKind::unsupported, "'{}' is no object store; give a folder or s3://bucket/prefix", address.substr(0, 200));
        return open_folder(address);
    }
    TRY(options, s3_options_from_environment(address));
    return S3::open(std::move(options)).map([](auto store) { return std::unique_ptr<ObjectStore>(std::move(store)); });
}

}  // namespace quoin
