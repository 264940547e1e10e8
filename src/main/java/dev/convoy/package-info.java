/** What every package of Convoy shares: the exception that carries a message for the user. */
@NullMarked
package dev.convoy;

import org.jspecify.annotations.NullMarked;
