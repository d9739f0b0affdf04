namespace Engine.Migration.Loading;

/// <summary>A file or folder that is left out because it cannot be read.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Reason">Why, for the user.</param>
internal sealed record Unread(string Path, string Reason)
{
    /// <summary>Makes one of an exception that reading threw.</summary>
    public static Unread Of(string path, Exception error) => new(path, error.Message.ReplaceLineEndings(" "));
}
