using System.Runtime.InteropServices;
using Engine.Tooling;
using Microsoft.Win32.SafeHandles;

namespace Engine.Tests.Support;

/// <summary>A named pipe that is full: whoever writes into it stands still until it is drained.</summary>
internal sealed partial class FullPipe : IDisposable
{
    private const int NonBlocking = 0x800;

    private readonly string _path;
    private readonly SafeFileHandle _end;

    /// <param name="path">Where it is made.</param>
    public FullPipe(string path)
    {
        _path = path;
        Assert.That(Make(path, Convert.ToUInt32("600", 8)), Is.Zero);
        int descriptor = NativeMethods.Open(path, NativeMethods.ReadWrite | NonBlocking, 0);
        Assert.That(descriptor, Is.Positive);
        _end = new SafeFileHandle(descriptor, ownsHandle: true);
        Fill(descriptor);
        Assert.That(Marshal.GetLastPInvokeError(), Is.EqualTo(NativeMethods.TryAgain));
    }

    /// <summary>What has been written into it behind the filling, once all writers have closed it.</summary>
    public async Task<string> DrainAsync()
    {
        using var reader = new StreamReader(_path);
        _end.Dispose();
        return (await reader.ReadToEndAsync()).TrimStart('.');
    }

    public void Dispose() => _end.Dispose();

    private static unsafe void Fill(int descriptor)
    {
        byte filler = (byte)'.';
        while (NativeMethods.Write(descriptor, &filler, 1) == 1)
        {
        }
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Make(string path, uint mode);
}
