namespace Engine.Tooling;

/// <summary>A folder that a command writes files into at its end.</summary>
internal static class OutputFolder
{
    /// <summary>Why files cannot be written into a folder that may have to be made; null if they can. Nothing is made.</summary>
    public static string? ObstacleTo(string path)
    {
        if (path.Length == 0)
            return "the name of the folder is empty";
        try
        {
            for (string? folder = Path.GetFullPath(path); folder is not null; folder = Path.GetDirectoryName(folder))
            {
                switch (FileKinds.Of(folder))
                {
                    case FileKind.None:
                        continue;
                    case FileKind.Folder:
                        return FileKinds.IsWritable(folder) ? null : $"{folder} may not be written";
                    default:
                        return $"{folder} is no folder";
                }
            }

            return "there is no such folder";
        }
        catch (Exception error) when (OutputFile.IsExpected(error))
        {
            return error.Message.ReplaceLineEndings(" ");
        }
    }
}
