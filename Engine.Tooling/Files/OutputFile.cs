namespace Engine.Tooling;

/// <summary>
/// A file that a command writes at its end. Whether that will be possible is found out before the work, without leaving a
/// trace; and a file that was there is replaced only by one that is complete.
/// </summary>
internal sealed class OutputFile
{
    // Where it is a file, opening it by this name would cut off what has been written.
    private const string StandardOutput = "/dev/stdout";

    private readonly string _option;
    private readonly string _path;

    private OutputFile(string option, string path) => (_option, _path) = (option, path);

    /// <summary>The path as the user wrote it.</summary>
    public string Path => _path;

    /// <summary>Finds out whether the file can be written.</summary>
    /// <param name="option">The option that names it, for errors.</param>
    /// <param name="path">The path, or null for no file.</param>
    /// <param name="others">Files that the command reads or writes besides, and that must not be written over.</param>
    /// <exception cref="UsageException">It cannot.</exception>
    public static OutputFile? Check(string option, string? path, params IEnumerable<string?> others)
    {
        if (path is null)
            return null;
        if (path.Length == 0)
            throw new UsageException($"{option}: the name of the file is empty");
        if (ObstacleTo(path) is string obstacle)
            throw new UsageException($"{option}: {path} cannot be written ({obstacle})");
        if (others.Any(other => other is { Length: > 0 } && IsSame(other, path)))
            throw new UsageException($"{option}: {path} cannot be written (the command uses it for something else too)");
        return new OutputFile(option, path);
    }

    /// <summary>Why a file cannot be written; null if it can. It is left as it is.</summary>
    public static string? ObstacleTo(string path)
    {
        try
        {
            Probe(path);
            return null;
        }
        catch (Exception error) when (IsExpected(error))
        {
            return error.Message.ReplaceLineEndings(" ");
        }
    }

    /// <summary>Writes the whole file.</summary>
    /// <exception cref="UsageException">It cannot be written; a file that was there is as before.</exception>
    public void Write(string text)
    {
        try
        {
            WriteText(_path, text);
        }
        catch (Exception error) when (IsExpected(error) && error is not OutputException)
        {
            throw new UsageException($"{_option}: {_path} cannot be written ({error.Message.ReplaceLineEndings(" ")})");
        }
    }

    /// <summary>Has the whole file written to a stream.</summary>
    /// <exception cref="UsageException">It cannot be written; a file that was there is as before.</exception>
    public void Write(Action<Stream> write)
    {
        try
        {
            if (_path == StandardOutput)
            {
                using Stream output = Console.OpenStandardOutput();
                write(output);
                return;
            }

            Replace(_path, temporary =>
            {
                using var file = new FileStream(temporary, FileMode.Create, FileAccess.Write);
                write(file);
            });
        }
        catch (Exception error) when (IsExpected(error) && error is not OutputException)
        {
            throw new UsageException($"{_option}: {_path} cannot be written ({error.Message.ReplaceLineEndings(" ")})");
        }
    }

    /// <summary>Writes a whole file, or to standard output by its name as a file.</summary>
    /// <exception cref="IOException">It cannot be written; a file that was there is as before.</exception>
    public static void WriteText(string path, string text)
    {
        if (path == StandardOutput)
            Console.Out.Write(text);
        else
            Replace(path, temporary => File.WriteAllText(temporary, text));
    }

    /// <summary>
    /// Has a file written beside its place and renamed into it; what is no ordinary file, or lies in a folder where nothing can
    /// be made, is written as it is.
    /// </summary>
    /// <param name="path">The place.</param>
    /// <param name="write">Writes the file whose path it gets.</param>
    /// <exception cref="IOException">It cannot be written; a file that was there is as before.</exception>
    public static void Replace(string path, Action<string> write)
    {
        string target = TargetOf(path);
        FileKind kind = FileKinds.Of(target);
        if (kind == FileKind.Special || (kind == FileKind.Regular && !FileKinds.IsWritable(FolderOf(target))))
        {
            write(path);
            return;
        }

        string temporary = TemporaryBeside(target);
        try
        {
            write(temporary);
            if (kind == FileKind.Regular && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
            File.Move(temporary, target, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>A path beside another that nobody has.</summary>
    public static string TemporaryBeside(string path) => System.IO.Path.Combine(FolderOf(path), $".{Guid.NewGuid():N}.tmp");

    /// <summary>Whether an exception is one that files and their names can cause anywhere.</summary>
    public static bool IsExpected(Exception error) =>
        error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    private static void Probe(string path)
    {
        FileKind kind = FileKinds.Of(path);
        if (kind == FileKind.Folder)
            throw new IOException("it is a folder");
        if (kind != FileKind.None)
        {
            if (!FileKinds.IsWritable(path))
                throw new UnauthorizedAccessException("permission denied");
            return;
        }

        string target = TargetOf(path);
        if (target.EndsWith(System.IO.Path.DirectorySeparatorChar))
            throw new IOException("there is no such folder");
        // Only making a file tells whether one can be made.
        new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
    }

    private static bool IsSame(string other, string path)
    {
        try
        {
            return TargetOf(other) == TargetOf(path);
        }
        catch (Exception error) when (IsExpected(error))
        {
            // It cannot be read either, which its reader says better.
            return false;
        }
    }

    // A link stays a link.
    private static string TargetOf(string path)
    {
        string full = System.IO.Path.GetFullPath(path);
        return new FileInfo(full).LinkTarget is null ? full : File.ResolveLinkTarget(full, returnFinalTarget: true)!.FullName;
    }

    private static string FolderOf(string path) => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path)) ?? "/";
}
