//go:build windows

package push

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"relaypoint/client/windows/internal/contract"
	"relaypoint/client/windows/internal/machine"
)

const msiLog = "msi.log"

var errStillAtWork = fmt.Errorf("the Windows installer is still at work %v after msiexec was ended", finishesWithin)

var procResume = windows.NewLazySystemDLL("ntdll.dll").NewProc("NtResumeProcess")

// msiexec runs the Windows installer to its end, or to that of ctx: then it is ended, with all it has started, and
// what its service does meanwhile is waited for.
func (r *run) msiexec(ctx context.Context, what, properties string) (uint32, error) {
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return 0, err
	}
	program := filepath.Join(system, "msiexec.exe")
	log := r.path(msiLog)
	// msiexec has quotes of its own kind, within an argument
	line := fmt.Sprintf(`"%s" %s /qn /norestart /l* "%s"%s`, program, what, log, properties)
	r.output.say("%s", line)
	defer r.output.append(log)
	command := exec.Command(program)
	command.SysProcAttr = &syscall.SysProcAttr{CmdLine: line, HideWindow: true, CreationFlags: windows.CREATE_SUSPENDED}
	if err := command.Start(); err != nil {
		return 0, err
	}
	job, err := holdTogether(command.Process)
	if err != nil {
		_ = command.Process.Kill()
		_ = command.Wait()
		return 0, err
	}
	defer windows.CloseHandle(job)
	ended := make(chan struct{})
	go func() {
		select {
		case <-ctx.Done():
			_ = windows.TerminateJobObject(job, uint32(windows.ERROR_INSTALL_USEREXIT))
		case <-ended:
		}
	}()
	err = command.Wait()
	close(ended)
	if command.ProcessState == nil {
		return 0, err
	}
	code := uint32(command.ProcessState.ExitCode())
	if ctx.Err() != nil && !contract.Succeeded(code) && !machine.WaitForInstaller(finishesWithin) {
		r.output.say("%v", errStillAtWork)
		return code, errStillAtWork
	}
	return code, nil
}

// holdTogether puts a process that has not begun into a job of its own, which ends with this program, and lets it begin.
func holdTogether(process *os.Process) (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err == nil {
		inner := process.WithHandle(func(handle uintptr) {
			if err = windows.AssignProcessToJobObject(job, windows.Handle(handle)); err != nil {
				return
			}
			if status, _, _ := procResume.Call(handle); status != 0 {
				err = windows.NTStatus(status)
			}
		})
		if err == nil {
			err = inner
		}
	}
	if err != nil {
		windows.CloseHandle(job)
		return 0, err
	}
	return job, nil
}
