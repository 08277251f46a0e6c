//go:build windows

// Pipebridge runs in Wine and hands TCP connections on to named pipes of that Wine: pipebridge.exe 127.0.0.1:4999
//
// A connection begins with one byte, the length of the pipe's name, and the name. The answer is one byte: 0 when the
// pipe is open, 1 when it is not there. From then on both sides speak DCE/RPC, one request and its answer after the
// other. A pipe of Wine is read in messages, so that a PDU goes on as the PDU that it was.
//
// Pipebridge.exe restart asks Windows for a restart, as installers do.
package main

import (
	"encoding/binary"
	"errors"
	"io"
	"log"
	"net"
	"os"
	"syscall"
	"unsafe"
)

const (
	headerSize = 16
	lastFrag   = 2 // PFC_LAST_FRAG
	moreData   = syscall.Errno(234)
	// PDUs that nobody answers
	auth3, cancel, orphaned = 16, 18, 19
)

var initiateShutdown = syscall.NewLazyDLL("advapi32.dll").NewProc("InitiateSystemShutdownExW")
var setNamedPipeHandleState = syscall.NewLazyDLL("kernel32.dll").NewProc("SetNamedPipeHandleState")

type pipe struct{ handle syscall.Handle }

func openPipe(name string) (pipe, error) {
	path, err := syscall.UTF16PtrFromString(`\\.\pipe\` + name)
	if err != nil {
		return pipe{}, err
	}
	handle, err := syscall.CreateFile(path, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_EXISTING, 0, 0)
	if err != nil {
		return pipe{}, err
	}
	messages := uint32(2) // PIPE_READMODE_MESSAGE
	if done, _, err := setNamedPipeHandleState.Call(uintptr(handle), uintptr(unsafe.Pointer(&messages)), 0, 0); done == 0 {
		syscall.CloseHandle(handle)
		return pipe{}, err
	}
	return pipe{handle}, nil
}

func (p pipe) Read(into []byte) (int, error) {
	var n uint32
	err := syscall.ReadFile(p.handle, into, &n, nil)
	if errors.Is(err, moreData) {
		err = nil
	}
	return int(n), err
}

func (p pipe) Write(from []byte) (int, error) {
	var n uint32
	err := syscall.WriteFile(p.handle, from, &n, nil)
	return int(n), err
}

func readPDU(from io.Reader) ([]byte, error) {
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(from, header); err != nil {
		return nil, err
	}
	size := int(binary.LittleEndian.Uint16(header[8:]))
	if size < headerSize {
		return nil, errors.New("a PDU shorter than its header")
	}
	pdu := append(header, make([]byte, size-headerSize)...)
	_, err := io.ReadFull(from, pdu[headerSize:])
	return pdu, err
}

func serve(client net.Conn) {
	defer client.Close()
	length := make([]byte, 1)
	if _, err := io.ReadFull(client, length); err != nil {
		return
	}
	name := make([]byte, length[0])
	if _, err := io.ReadFull(client, name); err != nil {
		return
	}
	server, err := openPipe(string(name))
	if err != nil {
		client.Write([]byte{1})
		return
	}
	defer syscall.CloseHandle(server.handle)
	if _, err := client.Write([]byte{0}); err != nil {
		return
	}
	if err := relay(client, server); err != nil && !errors.Is(err, io.EOF) {
		log.Printf("%s: %v", name, err)
	}
}

func relay(client net.Conn, server pipe) error {
	for {
		request, err := readPDU(client)
		if err != nil {
			return err
		}
		if _, err := server.Write(request); err != nil {
			return err
		}
		kind, flags := request[2], request[3]
		if kind == auth3 || kind == cancel || kind == orphaned || flags&lastFrag == 0 {
			continue
		}
		for more := true; more; {
			answer, err := readPDU(server)
			if err != nil {
				return err
			}
			if _, err := client.Write(answer); err != nil {
				return err
			}
			more = answer[3]&lastFrag == 0
		}
	}
}

func restart() {
	const seconds, force, reboot, planned = 0, 1, 1, 0x80000000
	message, _ := syscall.UTF16PtrFromString("a test wants it")
	if done, _, err := initiateShutdown.Call(0, uintptr(unsafe.Pointer(message)), seconds, force, reboot, planned); done == 0 {
		log.Fatal(err)
	}
}

func main() {
	if os.Args[1] == "restart" {
		restart()
		return
	}
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go serve(client)
	}
}
