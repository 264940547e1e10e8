/**
 * Files that are either the old or the new version, never something between.
 *
 * <p>Whatever Convoy saves, from a checkpoint of gigabytes to a line of settings, goes through
 * {@link dev.convoy.files.AtomicFile}:
 *
 * <pre>{@code
 * AtomicFile.write(folder.resolve("history.json"), json.getBytes(UTF_8));
 * AtomicFile.write(folder.resolve("weights.bin"), channel -> channel.write(bytes));
 * }</pre>
 *
 * <p>The content is written to a temporary file in the target's folder, forced to the disk, and
 * renamed over the target; then the folder is forced too. A full disk, a killed process or a power
 * cut at any point leaves the previous version readable. The steps themselves are an interface,
 * {@link dev.convoy.files.Disk}, so that tests make every single one of them fail.
 */
@NullMarked
package dev.convoy.files;

import org.jspecify.annotations.NullMarked;
