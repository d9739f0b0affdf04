using System.Globalization;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;

namespace Engine.PerfCollect.Symbols;

/// <summary>
/// The names of managed code in the processes of a capture. perf cannot know them: it looks for a perf map in one place,
/// not at all for code that the runtime maps twice, and the maps leave out what was compiled ahead of time.
/// </summary>
internal sealed class ManagedSymbols
{
    private const string UnknownModule = "?";

    private readonly Dictionary<int, AddressMap> _byProcess = [];

    // A host names its modules when they are loaded and at the end; one that is killed names none after an attach.
    private readonly Dictionary<string, string> _moduleByType = [];

    public bool TryFind(int processId, ulong address, out ManagedMethod method)
    {
        method = default;
        return _byProcess.TryGetValue(processId, out AddressMap? map) && map.TryFind(address, out method);
    }

    /// <summary>Adds a perf map, whose file name carries the process.</summary>
    public void AddPerfMap(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        if (!int.TryParse(name.AsSpan("perf-".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int processId))
            return;
        AddressMap map = MapOf(processId);
        foreach (string line in File.ReadLines(path))
        {
            int afterStart = line.IndexOf(' ', StringComparison.Ordinal);
            int afterSize = afterStart < 0 ? -1 : line.IndexOf(' ', afterStart + 1);
            if (afterSize > 0 && TryParseHex(line.AsSpan(0, afterStart), out ulong start)
                && TryParseHex(line.AsSpan(afterStart + 1, afterSize - afterStart - 1), out ulong size))
            {
                ManagedMethod method = ManagedMethod.ParsePerfMap(line.AsSpan(afterSize + 1));
                _moduleByType[method.Type] = method.Module;
                map.Add(start, size, method);
            }
        }
    }

    /// <summary>Adds the methods that the events of a host name, ahead-of-time compiled ones included. Perf maps come first.</summary>
    public void AddEvents(int processId, string eventFile)
    {
        var modules = new Dictionary<long, string>();
        var methods = new List<(ulong Start, ulong Size, long ModuleId, string Type, string Name, string Signature)>();
        using var source = new EventPipeEventSource(eventFile);
        var rundown = new ClrRundownTraceEventParser(source);
        source.Clr.LoaderModuleLoad += AddModule;
        rundown.LoaderModuleDCStop += AddModule;
        source.Clr.MethodLoadVerbose += AddMethod;
        rundown.MethodDCStopVerbose += AddMethod;
        source.Process();

        AddressMap map = MapOf(processId);
        foreach ((ulong start, ulong size, long moduleId, string type, string name, string signature) in methods)
        {
            string module = modules.GetValueOrDefault(moduleId) ?? _moduleByType.GetValueOrDefault(type, UnknownModule);
            map.Add(start, size, ManagedMethod.FromEvent(module, type, name, signature));
        }

        void AddModule(ModuleLoadUnloadTraceData module) =>
            modules[module.ModuleID] = Path.GetFileNameWithoutExtension(module.ModuleILPath);

        void AddMethod(MethodLoadUnloadVerboseTraceData method) => methods.Add(
            (method.MethodStartAddress, (ulong)method.MethodSize, method.ModuleID, method.MethodNamespace, method.MethodName,
            method.MethodSignature));
    }

    private static bool TryParseHex(ReadOnlySpan<char> text, out ulong value)
    {
        if (text.StartsWith("0x", StringComparison.Ordinal))
            text = text[2..];
        return ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    private AddressMap MapOf(int processId)
    {
        if (!_byProcess.TryGetValue(processId, out AddressMap? map))
            _byProcess.Add(processId, map = new AddressMap());
        return map;
    }
}
