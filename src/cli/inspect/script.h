/* What the page of `charnn inspect` needs beside HTML. */
#ifndef CHARNN_CLI_INSPECT_SCRIPT_H
#define CHARNN_CLI_INSPECT_SCRIPT_H

/* Rules of CSS, and a script that reads the object `data` (page.c), which is defined before it. */
extern const char inspect_style[];
extern const char inspect_script[];

#endif
