// The same operations in the same order on every machine, with wider registers where there are any: the bits do not differ.

#include "models/forest/explain_walk.h"

namespace quoin {
namespace {

void down_four_baseline(const ExplainQuestion& question) { walk_down<OneRow<2, 2>>(question); }
void up_four_baseline(const ExplainQuestion& question) { walk_up<OneRow<2, 2>>(question); }
void down_eight_baseline(const ExplainQuestion& question) { walk_down<OneRow<2, 4>>(question); }
void up_eight_baseline(const ExplainQuestion& question) { walk_up<OneRow<2, 4>>(question); }
void down_rows_baseline(const ExplainQuestion& question) { walk_down<ManyRows<2>>(question); }
void up_rows_baseline(const ExplainQuestion& question) { walk_up<ManyRows<2>>(question); }

#ifdef __x86_64__
[[gnu::target("avx2")]] void down_four_avx2(const ExplainQuestion& question) { walk_down<OneRow<4, 1>>(question); }
[[gnu::target("avx2")]] void up_four_avx2(const ExplainQuestion& question) { walk_up<OneRow<4, 1>>(question); }
[[gnu::target("avx2")]] void down_eight_avx2(const ExplainQuestion& question) { walk_down<OneRow<4, 2>>(question); }
[[gnu::target("avx2")]] void up_eight_avx2(const ExplainQuestion& question) { walk_up<OneRow<4, 2>>(question); }
[[gnu::target("avx2")]] void down_rows_avx2(const ExplainQuestion& question) { walk_down<ManyRows<4>>(question); }
[[gnu::target("avx2")]] void up_rows_avx2(const ExplainQuestion& question) { walk_up<ManyRows<4>>(question); }

#define QUOIN_AVX512 [[gnu::target("avx512f,avx512vl,avx512dq")]]
QUOIN_AVX512 void down_four_avx512(const ExplainQuestion& question) { walk_down<OneRow<4, 1>>(question); }
QUOIN_AVX512 void up_four_avx512(const ExplainQuestion& question) { walk_up<OneRow<4, 1>>(question); }
QUOIN_AVX512 void down_eight_avx512(const ExplainQuestion& question) { walk_down<OneRow<8, 1>>(question); }
QUOIN_AVX512 void up_eight_avx512(const ExplainQuestion& question) { walk_up<OneRow<8, 1>>(question); }
QUOIN_AVX512 void down_rows_avx512(const ExplainQuestion& question) { walk_down<ManyRows<8>>(question); }
QUOIN_AVX512 void up_rows_avx512(const ExplainQuestion& question) { walk_up<ManyRows<8>>(question); }
#undef QUOIN_AVX512
#endif

constexpr ExplainEngines engines[] = {
    {"baseline", {down_four_baseline, up_four_baseline}, {down_eight_baseline, up_eight_baseline}, {down_rows_baseline, up_rows_baseline}},
#ifdef __x86_64__
    {"avx2", {down_four_avx2, up_four_avx2}, {down_eight_avx2, up_eight_avx2}, {down_rows_avx2, up_rows_avx2}},
    {"avx512", {down_four_avx512, up_four_avx512}, {down_eight_avx512, up_eight_avx512}, {down_rows_avx512, up_rows_avx512}},
#endif
};

std::size_t engines_here() {
#ifdef __x86_64__
    if (!__builtin_cpu_supports("avx2")) return 1;
    bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    return wide ? 3 : 2;
#else
    return 1;
#endif
}

}  // namespace

std::span<const ExplainEngines> explain_engines() {
    static const std::span<const ExplainEngines> here(engines, engines_here());
    return here;
}

}  // namespace quoin
