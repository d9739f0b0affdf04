using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Engine.Tooling;

/// <summary>Looks at files without opening them.</summary>
internal static class FileKinds
{
    private const int TypeMask = 0xF000;
    private const int RegularType = 0x8000;
    private const int FolderType = 0x4000;

    /// <exception cref="IOException">It cannot be found out, for example because a folder on the way may not be entered.</exception>
    public static unsafe FileKind Of(string path)
    {
        if (!OperatingSystem.IsLinux())
            return Directory.Exists(path) ? FileKind.Folder : File.Exists(path) ? FileKind.Regular : FileKind.None;
        byte* result = stackalloc byte[NativeMethods.StatBytes];
        if (NativeMethods.Stat(NativeMethods.CurrentFolder, path, 0, NativeMethods.StatBasics, result) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            return error is NativeMethods.NoEntry or NativeMethods.NotFolder
                ? FileKind.None
                : throw new IOException(Marshal.GetPInvokeErrorMessage(error));
        }

        int mode = BinaryPrimitives.ReadUInt16LittleEndian(new ReadOnlySpan<byte>(result + NativeMethods.StatModeOffset, sizeof(ushort)));
        return (mode & TypeMask) switch
        {
            RegularType => FileKind.Regular,
            FolderType => FileKind.Folder,
            _ => FileKind.Special,
        };
    }

    /// <summary>Whether the process may write to what lies there.</summary>
    public static bool IsWritable(string path)
    {
        if (OperatingSystem.IsLinux())
            return NativeMethods.Access(path, NativeMethods.WriteAccess) == 0;
        return (File.GetAttributes(path) & FileAttributes.ReadOnly) == 0;
    }
}
