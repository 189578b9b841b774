#pragma once

namespace quoin {

/// The style sheet of a model card: light and dark by the reader's preference, one column on a narrow screen, always light on paper.
extern const char* const card_style;

}  // namespace quoin
