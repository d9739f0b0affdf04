using System.Reflection;
using System.Security;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains;
using BenchmarkDotNet.Toolchains.CsProj;

namespace Engine.Bench.Micro;

/// <summary>
/// Makes a project around the assembly of the suites as it was built, with what lies beside it. BenchmarkDotNet's own generator
/// refers to the project of the suites, and so compiles it and all that it needs once more, which takes a minute.
/// </summary>
internal sealed class BuiltAssemblyGenerator(string targetFramework)
    // The parameters are not annotated; null asks for the default.
    : CsProjGenerator(targetFramework, cliPath: null!, packagesPath: null!, runtimeFrameworkVersion: null!)
{
    protected override void GenerateProject(BuildPartition buildPartition, ArtifactsPaths artifactsPaths, ILogger logger)
    {
        string settings = GetRuntimeSettings(buildPartition.RepresentativeBenchmarkCase.Job.Environment.Gc, buildPartition.Resolver);
        File.WriteAllText(
            artifactsPaths.ProjectFilePath,
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <ImportDirectoryBuildTargets>false</ImportDirectoryBuildTargets>
                <TargetFramework>{TargetFrameworkMoniker}</TargetFramework>
                <OutputType>Exe</OutputType>
                <AssemblyName>{artifactsPaths.ProgramName}</AssemblyName>
                <AssemblyTitle>{artifactsPaths.ProgramName}</AssemblyTitle>
                <EnableDefaultCompileItems>false</EnableDefaultCompileItems>
                <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
                <!-- The rules of the repository are for code that people wrote. -->
                <Nullable>disable</Nullable>
                <TreatWarningsAsErrors>false</TreatWarningsAsErrors>
                <GenerateDocumentationFile>false</GenerateDocumentationFile>
              </PropertyGroup>
              <ItemGroup>
                <Compile Include="{Path.GetFileName(artifactsPaths.ProgramCodePath)}" />
            {References(buildPartition)}
              </ItemGroup>
            {settings}
            </Project>
            """);
    }

    // Those that the suites' signatures may name; what these need in turn is found beside them.
    private static string References(BuildPartition buildPartition)
    {
        Assembly suites = buildPartition.RepresentativeBenchmarkCase.Descriptor.Type.Assembly;
        string folder = Path.GetDirectoryName(suites.Location)!;
        return string.Join(
            Environment.NewLine,
            suites.GetReferencedAssemblies().Append(suites.GetName())
                .Select(name => (name.Name, Path: Path.Combine(folder, $"{name.Name}.dll")))
                .Where(static reference => File.Exists(reference.Path))
                .Select(static reference => Reference(reference.Name!, SecurityElement.Escape(reference.Path))));

        static string Reference(string name, string path) =>
            $"""    <Reference Include="{name}"><HintPath>{path}</HintPath></Reference>""";
    }
}
