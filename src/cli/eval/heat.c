#include "cli/eval/views.h"

#include "cli/terminal/format.h"

const struct heat_colour heat_colours[CHARNN_HEAT_LEVELS] = {
    {0, 0, "#ffffff"},   {1, 230, "#ffffd7"}, {2, 229, "#ffffaf"}, {3, 222, "#ffd787"},
    {4, 215, "#ffaf5f"}, {6, 209, "#ff875f"}, {8, 203, "#ff5f5f"}, {11, 196, "#ff0000"},
};

int heat_level(double nats) {
    int level = CHARNN_HEAT_LEVELS - 1;
    while (level > 0 && format_bits(nats) < heat_colours[level].bits) {
        level--;
    }
    return level;
}
