# Pushes the setup program to this Windows, as a distribution point does it: by \\localhost\ADMIN$ and the service manager.
# Never run so far (.github/workflows/windows.yml). Run as an administrator.
param([Parameter(Mandatory)] [IO.FileInfo] $Setup)
$ErrorActionPreference = 'Stop'
$client = "$env:ProgramFiles\Relaypoint Client\relaypoint-client.exe"

function Push([string] $Order, [string] $Task, [string] $Program) {
  $name = "RelaypointPush-$Order-1"
  $base = '\\localhost\ADMIN$\Relaypoint'
  New-Item -ItemType Directory -Force $base | Out-Null
  icacls $base /inheritance:r /grant '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-18:(OI)(CI)F' | Out-Null
  $folder = New-Item -ItemType Directory "$base\$name.new"
  $digest = $null
  $command = "`"$client`" push $Order-1"
  if ($Program) {
    Copy-Item $Program "$folder\setup.exe"
    $digest = (Get-FileHash -Algorithm SHA256 "$folder\setup.exe").Hash.ToLower()
    $command = "%SystemRoot%\Relaypoint\$name\setup.exe push"
  }
  @{
    v = 1; order = $Order; attempt = 1; do = $Task; names = @($env:COMPUTERNAME); sha256 = $digest; args = @()
    version = $null; allowOlder = $false; registration = $false
    deadline = (Get-Date).ToUniversalTime().AddMinutes(10).ToString('yyyy-MM-ddTHH:mm:ssZ')
  } | ConvertTo-Json | Set-Content -Encoding ascii "$folder\order.json"
  Rename-Item $folder $name
  sc.exe \\localhost create $name type= own start= demand DisplayName= $name binPath= $command
  if ($LASTEXITCODE) { throw "sc create: $LASTEXITCODE" }
  sc.exe \\localhost start $name
  $result = "$base\$name\result.json"
  for ($left = 300; $left -gt 0 -and -not (Test-Path $result); $left -= 1) { Start-Sleep 1 }
  sc.exe \\localhost delete $name | Out-Null
  if (-not (Test-Path $result)) { Get-Content "$base\$name\*.log"; throw "$Task gave no result" }
  $told = Get-Content -Raw $result | ConvertFrom-Json
  $told | ConvertTo-Json -Depth 5 | Write-Host
  return $told
}

$told = Push 'install' 'install' $Setup.FullName
if ($told.outcome -ne 'exit' -or $told.code -notin 0, 3010) { throw 'the client was not installed' }
if ((Get-Service RelaypointClient).Status -ne 'Running') { throw 'the client does not run' }
& $client status
icacls "$env:ProgramData\Relaypoint Client"

$told = Push 'uninstall' 'uninstall' ''
if ($told.outcome -ne 'exit' -or $told.code -notin 0, 3010) { throw 'the client was not uninstalled' }
if (Get-Service RelaypointClient -ErrorAction SilentlyContinue) { throw 'the client is still there' }
Write-Host 'installed and uninstalled'
