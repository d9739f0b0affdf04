using System.Text;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace Engine.Dashboard.Hosting;

/// <summary>
/// Names the script that the components bring along, where Blazor looks for such a list: a file that a build makes for programs that
/// serve their folder, which this one does not need to have.
/// </summary>
internal sealed class ScriptModules : IFileProvider
{
    private const string Suffix = ".modules.json";

    private static readonly byte[] s_list = Encoding.UTF8.GetBytes(
        "[\"_content/Microsoft.FluentUI.AspNetCore.Components/Microsoft.FluentUI.AspNetCore.Components.lib.module.js\"]");

    public IFileInfo GetFileInfo(string subpath) =>
        subpath.EndsWith(Suffix, StringComparison.Ordinal) ? new ListFile(subpath.TrimStart('/')) : new NotFoundFileInfo(subpath);

    public IDirectoryContents GetDirectoryContents(string subpath) => NotFoundDirectoryContents.Singleton;

    public IChangeToken Watch(string filter) => NullChangeToken.Singleton;

    private sealed class ListFile(string name) : IFileInfo
    {
        public bool Exists => true;

        public long Length => s_list.Length;

        public string? PhysicalPath => null;

        public string Name => name;

        public DateTimeOffset LastModified => DateTimeOffset.UnixEpoch;

        public bool IsDirectory => false;

        public Stream CreateReadStream() => new MemoryStream(s_list, writable: false);
    }
}
