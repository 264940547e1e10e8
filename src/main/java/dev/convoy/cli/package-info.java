/**
 * The command line: one class a command.
 *
 * <p>{@link dev.convoy.cli.Convoy} finds the command that was asked for and maps what it ends with
 * to an exit code: 0 done, 2 wrong usage or bad input (one line, no stack trace), 1 anything else,
 * 130 interrupted. With {@code --json} a command prints one JSON object on standard output and
 * nothing else; progress and messages go to standard error.
 */
@NullMarked
package dev.convoy.cli;

import org.jspecify.annotations.NullMarked;
