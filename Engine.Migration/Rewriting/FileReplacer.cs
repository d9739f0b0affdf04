using Engine.Migration.Loading;
using Engine.Tooling;

namespace Engine.Migration.Rewriting;

/// <summary>
/// Replaces files as a whole: all of them, or, after an error, none. Each new content is written beside its file and
/// flushed before any file is touched, then renamed over it. A process that is killed between two renames leaves whole
/// files, old and new ones, and running the tool again finishes.
/// </summary>
/// <param name="beforeRename">Called with each path before it is replaced; for tests.</param>
internal sealed class FileReplacer(Action<string>? beforeRename = null)
{
    /// <summary>Whether a file may be written.</summary>
    public static bool CanReplace(string path)
    {
        try
        {
            string target = TargetOf(path);
            // The new file is made beside the old one.
            if ((File.GetAttributes(target) & FileAttributes.ReadOnly) != 0 || !FileKinds.IsWritable(Path.GetDirectoryName(target)!))
                return false;
            using FileStream _ = new(target, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Writes the new texts.</summary>
    /// <param name="newTexts">The files, as they were read, and their new texts.</param>
    /// <exception cref="MigrationException">
    /// A file was changed by somebody else meanwhile, or could not be written; then all files are as before.
    /// </exception>
    public void Replace(IReadOnlyDictionary<SourceFile, string> newTexts)
    {
        var prepared = new List<(SourceFile File, string Temporary)>();
        var done = new List<SourceFile>();
        string current = "";
        try
        {
            foreach ((SourceFile file, string text) in newTexts)
            {
                current = file.Path;
                string temporary = TemporaryOf(file.Path);
                prepared.Add((file, temporary));
                Write(temporary, file.Encode(text), file.Path);
            }

            foreach ((SourceFile file, string temporary) in prepared)
            {
                current = file.Path;
                beforeRename?.Invoke(file.Path);
                if (!File.ReadAllBytes(file.Path).AsSpan().SequenceEqual(file.Bytes))
                    throw new IOException("it was changed while this ran");
                File.Move(temporary, TargetOf(file.Path), overwrite: true);
                done.Add(file);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Restore(done);
            throw new MigrationException($"{current}: {error.Message}; all files are as before");
        }
        finally
        {
            foreach ((_, string temporary) in prepared)
                File.Delete(temporary);
        }
    }

    private static void Restore(List<SourceFile> files)
    {
        foreach (SourceFile file in files)
        {
            string temporary = TemporaryOf(file.Path);
            Write(temporary, file.Bytes, file.Path);
            File.Move(temporary, TargetOf(file.Path), overwrite: true);
        }
    }

    private static void Write(string temporary, byte[] content, string like)
    {
        using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(temporary, File.GetUnixFileMode(TargetOf(like)));
    }

    // In the same folder, so that renaming does not copy. The name does not end in .cs, so no build takes it.
    private static string TemporaryOf(string path) => $"{TargetOf(path)}.{Guid.NewGuid():N}.tmp";

    // A link stays a link.
    private static string TargetOf(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
}
