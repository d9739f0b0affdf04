using Engine.Tooling;

namespace Engine.Emulator.Cli;

/// <summary>What is gathered during a run for a file that is written at its end.</summary>
internal static class SpoolFile
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Opens a file without a name, so that nothing is left of it however the run ends.</summary>
    /// <param name="option">The option that needs it, for errors.</param>
    /// <exception cref="UsageException">There is no place for it.</exception>
    public static FileStream Open(string option)
    {
        try
        {
            string path = OutputFile.TemporaryBeside(Path.Combine(Path.GetTempPath(), "spool"));
            var spool = new FileStream(
                path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, BufferBytes, FileOptions.DeleteOnClose);
            if (!OperatingSystem.IsWindows())
                File.Delete(path);
            return spool;
        }
        catch (Exception error) when (OutputFile.IsExpected(error))
        {
            throw new UsageException($"{option}: there is no place for what it gathers ({error.Message.ReplaceLineEndings(" ")})");
        }
    }

    /// <summary>Closes one, whatever is on the disk.</summary>
    public static void Close(FileStream? spool)
    {
        try
        {
            spool?.Dispose();
        }
        catch (IOException)
        {
            // What was left in its buffer did not fit on the disk, and nobody wants it any more.
        }
    }
}
