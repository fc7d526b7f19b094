#include "cli/eval/views.h"

#include "cli/terminal/format.h"

const struct heat_colour heat_colours[CHARNN_HEAT_LEVELS] = {
    {0, 0, "#ffffff", "#161616"},   {1, 230, "#ffffd7", "#33301a"},  {2, 229, "#ffffaf", "#4a441a"},
    {3, 222, "#ffd787", "#634d15"}, {4, 215, "#ffaf5f", "#7d4a10"},  {6, 209, "#ff875f", "#96400f"},
    {8, 203, "#ff5f5f", "#ad2f1f"}, {11, 196, "#ff0000", "#d10000"},
};

int heat_level(double nats) {
    int level = CHARNN_HEAT_LEVELS - 1;
    while (level > 0 && format_bits(nats) < heat_colours[level].bits) {
        level--;
    }
    return level;
}
