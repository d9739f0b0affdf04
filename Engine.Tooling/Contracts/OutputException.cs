namespace Engine.Tooling;

/// <summary>Standard output takes nothing more.</summary>
/// <param name="message">Why, for the user.</param>
/// <param name="isReaderGone">Whether nobody reads it any more, as behind <c>head -1</c>; then there is nobody to tell either.</param>
internal sealed class OutputException(string message, bool isReaderGone) : IOException(message)
{
    public bool IsReaderGone { get; } = isReaderGone;
}
