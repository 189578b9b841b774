// What other servers send, and addresses that people write: read or refused, never more. The first byte chooses the reader.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "remote/environment.h"
#include "remote/postgresql.h"
#include "remote/redaction.h"
#include "remote/redis_url.h"
#include "remote/retry.h"
#include "remote/s3.h"

namespace {

void read_copy_row(std::string_view text) {
    std::vector<quoin::PostgresqlValue> row, again;
    if (!quoin::parse_copy_row(text, row)) return;
    std::string written;
    quoin::append_copy_row(written, row);
    if (!quoin::parse_copy_row(written, again) || again != row) std::abort();
}

void read_bytea(std::string_view text) {
    auto bytes = quoin::bytea_bytes(text);
    if (bytes && quoin::bytea_bytes(quoin::bytea_text(*bytes)) != *bytes) std::abort();
}

void read_date(std::string_view text) {
    auto date = quoin::parse_http_date(text);
    if (date && quoin::parse_http_date(quoin::http_date_text(*date)) != *date) std::abort();
    (void)quoin::parse_retry_after(text, quoin::EventTime{0});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 6) {
        case 0: (void)quoin::parse_s3_listing(text); break;
        case 1: (void)quoin::parse_redis_url(text); break;
        case 2: read_copy_row(text); break;
        case 3: read_bytea(text); break;
        case 4: read_date(text); break;
        default: (void)quoin::without_secrets(text); (void)quoin::with_environment(text);
    }
    return 0;
}
