using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace FleetChat.Tests.AzureApi;

/// <summary>An assembly made from one source text, as a file, because PublicApiGenerator reads files; gone with its folder when disposed.</summary>
public sealed class SmallAssembly : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fleetchat-small-");
    private readonly AssemblyLoadContext _context = new("small", isCollectible: true);

    public SmallAssembly(string source)
    {
        var path = Path.Combine(_folder.FullName, "Small.dll");
        var emitted = CSharpCompilation.Create(
            "Small",
            [CSharpSyntaxTree.ParseText(source)],
            Conventions.Sources.PlatformReferences,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable)).Emit(path);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics));
        Assembly = _context.LoadFromAssemblyPath(path);
    }

    public Assembly Assembly { get; }

    public void Dispose()
    {
        _context.Unload();
        _folder.Delete(recursive: true);
    }
}
