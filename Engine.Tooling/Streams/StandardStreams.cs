using System.Text;

namespace Engine.Tooling;

/// <summary>
/// The three streams of the process. <see cref="Prepare"/> puts streams beneath <see cref="Console"/> that report output which
/// cannot be written, and that pass over error messages which nobody can see.
/// </summary>
internal static class StandardStreams
{
    private const string Nowhere = "/dev/null";
    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false);

    private static OutputStream? s_output;

    /// <summary>Whether the process was given a standard input.</summary>
    public static bool HasInput { get; private set; } = true;

    /// <summary>Why standard output failed; null while it has not.</summary>
    public static OutputException? OutputFailure => s_output?.Failure;

    /// <summary>Takes the streams over; to be called before anything is written or opened.</summary>
    /// <param name="needsReader">Whether it is a failure that nobody reads standard output any more.</param>
    public static void Prepare(bool needsReader)
    {
        if (!OperatingSystem.IsLinux() || s_output is not null)
            return;
        HasInput = IsGiven(0, NativeMethods.WriteOnly);
        s_output = new OutputStream(1, IsGiven(1, NativeMethods.ReadOnly), isSilent: false, needsReader);
        var error = new OutputStream(2, IsGiven(2, NativeMethods.ReadOnly), isSilent: true, needsReader: false);
        FillGaps();
        if (!HasInput)
            Console.SetIn(TextReader.Null);
        Console.SetOut(new StreamWriter(s_output, Encoding) { AutoFlush = true });
        Console.SetError(new StreamWriter(error, Encoding) { AutoFlush = true });
    }

    /// <summary>Says beforehand that nothing can be written, before hours of work are lost.</summary>
    /// <exception cref="OutputException">Standard output is closed.</exception>
    public static void RequireOutput() => s_output?.RequireOpen();

    /// <summary>Standard output for bytes. Whoever mixes it with <see cref="Console.Out"/> sees them in the order of the calls.</summary>
    public static Stream OpenOutput() => s_output ?? Console.OpenStandardOutput();

    // A stream that was closed has had its number taken by a file of the runtime's own, which is closed in programs that the
    // process starts, or by one of a script's that may only be read.
    private static bool IsGiven(int descriptor, int uselessMode)
    {
        int flags = NativeMethods.Control(descriptor, NativeMethods.GetDescriptorFlags, 0);
        return flags >= 0 && (flags & NativeMethods.CloseOnExec) == 0
            && (NativeMethods.Control(descriptor, NativeMethods.GetStatusFlags, 0) & NativeMethods.AccessMode) != uselessMode;
    }

    // Else the next file that is opened would be standard output to all that still writes there.
    private static void FillGaps()
    {
        for (int descriptor = 0; descriptor <= 2; descriptor++)
        {
            if (NativeMethods.Control(descriptor, NativeMethods.GetDescriptorFlags, 0) < 0)
                _ = NativeMethods.Open(Nowhere, NativeMethods.ReadWrite, 0);
        }
    }
}
